# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: topic_mastery {
  label: "Topic mastery"
  sql_table_name: analytics.topic_mastery ;;

  dimension: learner_key {
    hidden: yes
    type: string
    sql: ${TABLE}.user_id ;;
  }

  dimension: topic_key {
    hidden: yes
    type: number
    sql: ${TABLE}.topic_id ;;
  }

  measure: mean_mastery {
    label: "Mean mastery"
    description: "Mean over learners and topics of mastery, which draws few answers towards the learner's own accuracy."
    value_format_name: percent_1
    type: average
    sql: ${TABLE}.mastery ;;
  }
}
