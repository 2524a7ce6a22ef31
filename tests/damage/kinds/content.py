"""Questions, keys and publications changed where they must not be."""

from tests.damage.damage import Damage

DAMAGES = (
    Damage(
        "a key changed without a new version",
        """
        update question_options set is_correct = not is_correct where question_version_id =
            (select id from question_versions where state = 'published' order by id limit 1)
        """,
        "trigger: question_options_closed",
    ),
    Damage(
        "a second key",
        """
        update question_options set is_correct = true where question_version_id =
            (select id from question_versions where state = 'draft' order by id limit 1)
        """,
        "trigger: question_options_one_correct",
    ),
    Damage(
        "a published text rewritten",
        "update question_versions set stem_md = 'Another stem' where state = 'published'",
        "trigger: question_versions_append_only",
    ),
    Damage(
        "a published version deleted",
        "delete from question_versions where state = 'retired'",
        "trigger: question_versions_append_only",
    ),
    Damage(
        "a draft published",
        """
        update question_publications p set live_version = v.version from question_versions v
        where v.question_id = p.question_id and v.state = 'draft'
        """,
        "dbt test: stg_questions_miss_no_publication",
    ),
    Damage(
        "a version published that never existed",
        "update question_publications set live_version = 99",
        "constraint: fk_question_publications_live_version",
    ),
    Damage(
        "a question published twice for an exam",
        """
        insert into question_publications (question_id, live_version, exam_code, tenant_id)
        select question_id, live_version, exam_code, tenant_id from question_publications limit 1
        """,
        "constraint: uq_question_publications_question_id_tenant_id_exam_code",
    ),
    Damage(
        "a quota for a topic that is not there",
        """
        insert into blueprint_quotas (tenant_id, exam_code, topic_id, difficulty_label, quota)
        values ('00000000-0000-0000-0000-000000000001', 'CARDIO', 99999, 'easy', 5)
        """,
        "constraint: fk_blueprint_quotas_topic_id_topics",
    ),
)
