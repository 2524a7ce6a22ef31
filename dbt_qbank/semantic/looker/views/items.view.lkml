# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: items {
  label: "Items"
  sql_table_name: analytics.item_health ;;

  dimension: exam_code {
    label: "Home exam"
    description: "Home exam of the question: the exam on whose scale it is calibrated, wherever else it is published."
    type: string
    sql: ${TABLE}.exam_code ;;
  }

  dimension: calibration_status {
    label: "Calibration"
    description: "calibrated; stale: calibration_stale_days of answers (180 unless set) have come since; not serving: fitted, but delivery may not use it; set aside: the live calibration could not fit it; never calibrated."
    type: string
    sql: ${TABLE}.calibration_status ;;
  }

  dimension: model {
    label: "Model"
    description: "Model of the parameters that delivery uses; null while the item has none."
    type: string
    sql: ${TABLE}.model ;;
  }

  dimension: flags {
    label: "Open flags"
    description: "Kinds of the flags that stand and that nobody dismissed, in alphabetical order, joined by a comma and a blank; null: none."
    type: string
    sql: ${TABLE}.flags ;;
  }

  dimension: question_id {
    label: "Question"
    description: "Item identity, first half: the question. An item is (question_id, version)."
    type: number
    sql: ${TABLE}.question_id ;;
  }

  dimension: version {
    label: "Version"
    description: "Item identity, second half: the version that was answered."
    type: number
    sql: ${TABLE}.version ;;
  }

  measure: items {
    label: "Items"
    description: "Items, versions of questions, that were ever answered."
    value_format_name: decimal_0
    type: count
  }

  measure: calibrated_items {
    label: "Calibrated items"
    description: "Items with parameters that delivery uses, stale ones included."
    value_format_name: decimal_0
    type: sum
    sql: case when ${TABLE}.a is not null then 1 else 0 end ;;
  }

  measure: calibrated_share {
    label: "Calibrated share"
    description: "Proportion of the items ever answered that have parameters in use, stale ones included."
    value_format_name: percent_1
    type: number
    sql: 1.0 * ${calibrated_items} / nullif(${items}, 0) ;;
  }
}
