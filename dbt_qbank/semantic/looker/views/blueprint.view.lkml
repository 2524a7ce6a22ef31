# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
view: blueprint {
  label: "Blueprint"
  sql_table_name: analytics.blueprint_coverage ;;

  dimension: topic_key {
    hidden: yes
    type: number
    sql: ${TABLE}.topic_id ;;
  }

  dimension: exam_code {
    label: "Exam"
    description: "Exam that the items are published for."
    type: string
    sql: ${TABLE}.exam_code ;;
  }

  dimension: difficulty_label {
    label: "Difficulty"
    description: "easy, medium or hard; null: any difficulty, or, where nothing is asked, none."
    type: string
    sql: ${TABLE}.difficulty_label ;;
  }

  dimension: is_asked {
    label: "Asked for"
    description: "True: a quota of the blueprint; false: published items that fit none, by their own topic and difficulty."
    type: yesno
    sql: ${TABLE}.is_asked ;;
  }

  measure: places_asked {
    label: "Blueprint places"
    description: "Places of the blueprint, the sum of its quotas."
    value_format_name: decimal_0
    type: sum
    sql: ${TABLE}.quota ;;
  }

  measure: places_filled {
    label: "Blueprint places filled"
    description: "Places that published items fill, quota by quota; an item may fill one in each quota that it fits."
    value_format_name: decimal_0
    type: sum
    sql: ${TABLE}.n_filled ;;
  }

  measure: blueprint_coverage_share {
    label: "Blueprint coverage"
    description: "Proportion of the blueprint's places that published items fill."
    value_format_name: percent_1
    type: number
    sql: 1.0 * ${places_filled} / nullif(${places_asked}, 0) ;;
  }
}
