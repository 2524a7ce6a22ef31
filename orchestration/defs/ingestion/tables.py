"""Tables that delivery and imports write and dbt reads: shown in the graph, made by none of our assets."""

from dagster import AssetSpec

_TABLES = {
    "app_users": "Learners as their tenant names them; no personal data.",
    "questions": "Questions, each with its home exam.",
    "question_versions": "Texts of questions, append-only.",
    "question_publications": "Where each question is live, and in which version.",
    "quiz_sessions": "Quizzes and imported sessions.",
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
