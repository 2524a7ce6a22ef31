# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
connection: "qbank"

include: "/views/*.view.lkml"

explore: responses {
  label: "Responses"
  description: "Every answer of a learner to a question, repeats included."
}

explore: topic_mastery {
  label: "Topic mastery"
  description: "What each learner shows of each topic answered, as of the last build."
}
