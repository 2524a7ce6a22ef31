# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: topics {
  label: "Topics"
  sql_table_name: analytics.dim_topics ;;

  dimension: topic_key {
    primary_key: yes
    hidden: yes
    type: number
    sql: ${TABLE}.topic_id ;;
  }

  dimension: topic_name {
    label: "Topic"
    description: "Name shown to people."
    type: string
    sql: ${TABLE}.name ;;
  }

  dimension: topic_path {
    label: "Path"
    description: "ltree path from the root, as text; null: not in a tree."
    type: string
    sql: ${TABLE}.path ;;
  }

  dimension: topic_names {
    label: "Names from the root"
    description: "Names from the root to the topic, joined by >."
    type: string
    sql: ${TABLE}.names ;;
  }
}
