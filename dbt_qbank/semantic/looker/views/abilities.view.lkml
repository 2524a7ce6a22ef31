# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: abilities {
  label: "Abilities"
  sql_table_name: analytics.user_ability ;;

  dimension: learner_key {
    hidden: yes
    type: string
    sql: ${TABLE}.user_id ;;
  }

  dimension: exam_code {
    label: "Exam"
    description: "Exam whose scale it is."
    type: string
    sql: ${TABLE}.exam_code ;;
  }

  dimension: trend_mode {
    label: "Mode of the trend"
    description: "Mode of the newest window, tutor or exam (exam where both have it): first_window, last_window and the trend are of windows in it; null: no window has been scored."
    type: string
    sql: ${TABLE}.trend_mode ;;
  }

  measure: mean_theta {
    label: "Mean theta"
    description: "Mean ability of the learners scored. Each exam has a scale of its own, so look at one exam, or by exam."
    value_format_name: decimal_3
    type: average
    sql: ${TABLE}.theta ;;
  }

  measure: learners_scored {
    label: "Learners scored"
    description: "Learners with a published ability."
    value_format_name: decimal_0
    type: count_distinct
    sql: ${TABLE}.user_id ;;
  }
}
