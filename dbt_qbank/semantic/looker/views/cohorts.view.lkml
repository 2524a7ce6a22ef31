# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: cohorts {
  label: "Cohorts"
  sql_table_name: analytics.cohort_performance ;;

  dimension: exam_code {
    label: "Exam"
    description: "Exam of the answers and of the scale."
    type: string
    sql: ${TABLE}.exam_code ;;
  }

  dimension: institution_name {
    label: "Institution"
    description: "Its name."
    type: string
    sql: ${TABLE}.institution_name ;;
  }

  dimension: cohort_name {
    label: "Cohort"
    description: "Name of the cohort."
    type: string
    sql: ${TABLE}.cohort_name ;;
  }

  dimension: is_invented {
    label: "Is invented"
    description: "True: made up for a demonstration, no real cohort."
    type: yesno
    sql: ${TABLE}.is_invented ;;
  }

  dimension: is_suppressed {
    label: "Is suppressed"
    description: "True where accuracy is not shown: too few learners, or too few by difference, or none."
    type: yesno
    sql: ${TABLE}.is_suppressed ;;
  }

  measure: cohort_accuracy {
    label: "Accuracy of cohorts"
    description: "Mean accuracy of the cohorts that are shown; each counts once, those that are suppressed in none."
    value_format_name: percent_1
    type: average
    sql: ${TABLE}.accuracy ;;
  }

  measure: cohort_theta {
    label: "Theta of cohorts"
    description: "Mean over the cohorts that are shown of their mean ability. Look at one exam, or by exam."
    value_format_name: decimal_3
    type: average
    sql: ${TABLE}.theta ;;
  }

  measure: cohorts_suppressed {
    label: "Cohorts suppressed"
    description: "Cohorts and exams without figures, for too few learners answered, or none."
    value_format_name: decimal_0
    type: sum
    sql: case when ${TABLE}.is_suppressed then 1 else 0 end ;;
  }
}
