# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.
connection: "qbank"

include: "/views/*.view.lkml"

explore: abilities {
  label: "Abilities"
  description: "Ability of each learner on the scale of each exam, as last published."
  join: learners {
    type: left_outer
    relationship: many_to_one
    sql_on: ${abilities.learner_key} = ${learners.learner_key} ;;
  }
}

explore: blueprint {
  label: "Blueprint"
  description: "Published items beside the quotas of each exam's blueprint, and those that no quota asks for."
  join: topics {
    type: left_outer
    relationship: many_to_one
    sql_on: ${blueprint.topic_key} = ${topics.topic_key} ;;
  }
}

explore: cohorts {
  label: "Cohorts"
  description: "How cohorts do in each exam; those too small to be shown stand there without figures."
}

explore: exposures {
  label: "Exposures"
  description: "How often items were served, and what became of it, by item and day."
}

explore: items {
  label: "Items"
  description: "Every item that was ever answered, with its statistics and the standing of its calibration."
}

explore: learners {
  label: "Learners"
  description: "Every learner, without anything that tells who it is."
}

explore: quiz_sessions {
  label: "Quiz sessions"
  description: "Every quiz of a learner, imported sittings included."
  join: learners {
    type: left_outer
    relationship: many_to_one
    sql_on: ${quiz_sessions.learner_key} = ${learners.learner_key} ;;
  }
}

explore: responses {
  label: "Responses"
  description: "Every answer of a learner to a question, repeats included."
  join: learners {
    type: left_outer
    relationship: many_to_one
    sql_on: ${responses.learner_key} = ${learners.learner_key} ;;
  }
  join: quiz_sessions {
    type: left_outer
    relationship: many_to_one
    sql_on: ${responses.quiz_key} = ${quiz_sessions.quiz_key} ;;
  }
  join: topics {
    type: left_outer
    relationship: many_to_one
    sql_on: ${responses.topic_key} = ${topics.topic_key} ;;
  }
}

explore: topic_mastery {
  label: "Topic mastery"
  description: "What each learner shows of each topic answered, as of the last build."
  join: learners {
    type: left_outer
    relationship: many_to_one
    sql_on: ${topic_mastery.learner_key} = ${learners.learner_key} ;;
  }
  join: topics {
    type: left_outer
    relationship: many_to_one
    sql_on: ${topic_mastery.topic_key} = ${topics.topic_key} ;;
  }
}
