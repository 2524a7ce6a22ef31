# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: responses {
  label: "Responses"
  sql_table_name: analytics.fact_responses ;;

  dimension: response_key {
    primary_key: yes
    hidden: yes
    type: number
    sql: ${TABLE}.response_id ;;
  }

  dimension: learner_key {
    hidden: yes
    type: string
    sql: ${TABLE}.user_id ;;
  }

  dimension: quiz_key {
    hidden: yes
    type: string
    sql: ${TABLE}.quiz_id ;;
  }

  dimension: topic_key {
    hidden: yes
    type: number
    sql: ${TABLE}.topic_id ;;
  }

  dimension_group: answered_at {
    label: "Answered"
    description: "When the response was given, UTC; made up where synthetic_at is true."
    type: time
    timeframes: [raw, time, hour, date, week, month, quarter, year]
    datatype: timestamp
    convert_tz: no
    sql: ${TABLE}.ts ;;
  }

  dimension: exam_code {
    label: "Exam"
    description: "Exam of the quiz; where the quiz names none, the home exam of the question."
    type: string
    sql: ${TABLE}.exam_code ;;
  }

  dimension: question_id {
    label: "Question"
    description: "Item identity, first half: the question. An item is (question_id, version)."
    type: number
    sql: ${TABLE}.question_id ;;
  }

  dimension: version {
    label: "Version"
    description: "Item identity, second half: the version of the question, the one answered where a response is meant."
    type: number
    sql: ${TABLE}.version ;;
  }

  dimension: origin {
    label: "Origin"
    description: "Where the response came from: delivery or import."
    type: string
    sql: ${TABLE}.origin ;;
  }

  dimension: synthetic_at {
    label: "Date is synthetic"
    description: "True: ts was made up by an import without a clock."
    type: yesno
    sql: ${TABLE}.synthetic_at ;;
  }

  dimension: is_correct {
    label: "Is correct"
    description: "Whether the response is the key."
    type: yesno
    sql: ${TABLE}.is_correct ;;
  }

  measure: attempts {
    label: "Attempts"
    description: "Responses, repeats included."
    value_format_name: decimal_0
    type: count
  }

  measure: correct_attempts {
    label: "Correct attempts"
    description: "Responses that are the key."
    value_format_name: decimal_0
    type: sum
    sql: case when ${TABLE}.is_correct then 1 else 0 end ;;
  }

  measure: active_learners {
    label: "Active learners"
    description: "Learners with at least one response."
    value_format_name: decimal_0
    type: count_distinct
    sql: ${TABLE}.user_id ;;
  }

  measure: median_response_time {
    label: "Median response time (ms)"
    description: "Median of the recorded response times, milliseconds; synthetic times are left out."
    value_format_name: decimal_0
    type: median
    sql: ${TABLE}.recorded_time_ms ;;
  }

  measure: mean_response_time {
    label: "Mean response time (ms)"
    description: "Mean of the recorded response times, milliseconds; synthetic times are left out."
    value_format_name: decimal_0
    type: average
    sql: ${TABLE}.recorded_time_ms ;;
  }

  measure: accuracy {
    label: "Accuracy (p-value)"
    description: "Proportion of responses that are correct, over all attempts."
    value_format_name: percent_1
    type: number
    sql: 1.0 * ${correct_attempts} / nullif(${attempts}, 0) ;;
  }
}
