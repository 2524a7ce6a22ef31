"""Tables that delivery and imports write and dbt reads: shown in the graph, made by none of our assets."""

from dagster import AssetSpec

_TABLES = {
    "app_users": "Learners as their tenant names them; no personal data.",
    "questions": "Questions, each with its home exam.",
    "question_versions": "Texts of questions, append-only.",
    "question_publications": "Where each question is live, and in which version.",
    "quiz_sessions": "Quizzes and imported sessions.",
    "quiz_items": "Items served within quizzes, answered or not.",
    "question_options": "Options of questions, and which of them is the key.",
    "topics": "The topic tree.",
    "item_flags": "What a person should look at, such as an item that looks mis-keyed.",
    "calibration_runs": "Fits of each exam: what they read, what became of them.",
    "exams": "Home exams, and how each is calibrated.",
    "blueprint_quotas": "How many items of each kind an exam asks for.",
    "institutions": "Schools, hospitals and companies.",
    "cohorts": "Classes or years within institutions.",
    "cohort_members": "Which learner belongs to which cohort.",
}

tables = [
    AssetSpec(
        name,
        group_name="ingestion",
        description=description,
        kinds={"postgres", "table"},
        owners=["team:data-engineering"],
        metadata={"dagster/table_name": f"public.{name}"},
    )
    for name, description in _TABLES.items()
]
