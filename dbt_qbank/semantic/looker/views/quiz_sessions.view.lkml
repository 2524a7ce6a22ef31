# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: quiz_sessions {
  label: "Quiz sessions"
  sql_table_name: analytics.fact_quiz_sessions ;;

  dimension: quiz_key {
    primary_key: yes
    hidden: yes
    type: string
    sql: ${TABLE}.quiz_id ;;
  }

  dimension: learner_key {
    hidden: yes
    type: string
    sql: ${TABLE}.user_id ;;
  }

  dimension_group: started_at {
    label: "Started"
    description: "Start, UTC."
    type: time
    timeframes: [raw, time, hour, date, week, month, quarter, year]
    datatype: timestamp
    convert_tz: no
    sql: ${TABLE}.started_at ;;
  }

  dimension: exam_code {
    label: "Exam"
    description: "Exam that the quiz practises; null: any."
    type: string
    sql: ${TABLE}.exam_code ;;
  }

  dimension: mode {
    label: "Mode"
    description: "Mode of the quiz: tutor (each answer explained at once) or exam (nothing before sealing)."
    type: string
    sql: ${TABLE}.mode ;;
  }

  dimension: status {
    label: "Status"
    description: "sealed: handed in while there was time, or imported; open: neither, and time is left; expired: time ran out, at least the share abandoned_below of n_planned answered; abandoned: time ran out with fewer."
    type: string
    sql: ${TABLE}.status ;;
  }

  dimension: adaptive {
    label: "Adaptive"
    description: "Whether each item was chosen after the last answer."
    type: yesno
    sql: ${TABLE}.adaptive ;;
  }

  dimension: origin {
    label: "Origin"
    description: "Where the response came from: delivery or import."
    type: string
    sql: ${TABLE}.origin ;;
  }

  dimension: synthetic_at {
    label: "Date is synthetic"
    description: "True: times of its answers were made up by an import without a clock."
    type: yesno
    sql: ${TABLE}.synthetic_at ;;
  }

  measure: sessions {
    label: "Sessions"
    description: "Quizzes that were started or imported."
    value_format_name: decimal_0
    type: count
  }

  measure: median_session_time {
    label: "Median session time (ms)"
    description: "Median time from the start of a quiz to its last activity, milliseconds; imports without a clock are left out."
    value_format_name: decimal_0
    type: median
    sql: ${TABLE}.duration_ms ;;
  }
}
