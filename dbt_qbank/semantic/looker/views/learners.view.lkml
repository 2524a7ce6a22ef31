# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: learners {
  label: "Learners"
  sql_table_name: analytics.dim_users ;;

  dimension: learner_key {
    primary_key: yes
    hidden: yes
    type: string
    sql: ${TABLE}.user_id ;;
  }

  dimension_group: first_day {
    label: "First day"
    description: "Day of the first quiz, UTC; null: none yet."
    type: time
    timeframes: [raw, date, week, month, quarter, year]
    datatype: date
    convert_tz: no
    sql: ${TABLE}.first_day ;;
  }

  dimension_group: last_day {
    label: "Last day"
    description: "Day of the last activity in a quiz, UTC; null: none yet."
    type: time
    timeframes: [raw, date, week, month, quarter, year]
    datatype: date
    convert_tz: no
    sql: ${TABLE}.last_day ;;
  }

  dimension: is_flagged {
    label: "Is flagged"
    description: "True: responses are kept but calibrate nothing."
    type: yesno
    sql: ${TABLE}.is_flagged ;;
  }

  measure: learners {
    label: "Learners"
    description: "Learners that are known, with or without a response."
    value_format_name: decimal_0
    type: count
  }
}
