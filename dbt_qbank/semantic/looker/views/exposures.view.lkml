# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: exposures {
  label: "Exposures"
  sql_table_name: analytics.fact_exposures ;;

  dimension_group: served_on {
    label: "Served"
    description: "UTC date on which the item was served; where no serving was recorded, on which it was answered."
    type: time
    timeframes: [raw, date, week, month, quarter, year]
    datatype: date
    convert_tz: no
    sql: ${TABLE}.day ;;
  }

  dimension: exam_code {
    label: "Home exam"
    description: "Home exam of the question: the exam on whose scale it is calibrated, wherever else it is published."
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

  measure: items_served {
    label: "Items served"
    description: "Servings of an item to a learner, those included whose answer alone was recorded."
    value_format_name: decimal_0
    type: sum
    sql: ${TABLE}.n_served ;;
  }

  measure: items_answered {
    label: "Items answered"
    description: "Servings that were answered, on whatever day."
    value_format_name: decimal_0
    type: sum
    sql: ${TABLE}.n_answered ;;
  }

  measure: items_skipped {
    label: "Items skipped"
    description: "Servings that were skipped and not answered."
    value_format_name: decimal_0
    type: sum
    sql: ${TABLE}.n_skipped ;;
  }

  measure: items_omitted {
    label: "Items omitted"
    description: "Servings that were neither answered nor skipped."
    value_format_name: decimal_0
    type: sum
    sql: ${TABLE}.n_omitted ;;
  }

  measure: answered_share {
    label: "Answered share"
    description: "Proportion of servings that were answered."
    value_format_name: percent_1
    type: number
    sql: 1.0 * ${items_answered} / nullif(${items_served}, 0) ;;
  }

  measure: skipped_share {
    label: "Skipped share"
    description: "Proportion of servings that were skipped and not answered."
    value_format_name: percent_1
    type: number
    sql: 1.0 * ${items_skipped} / nullif(${items_served}, 0) ;;
  }
}
