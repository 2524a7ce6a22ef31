-- What must never be. Each refusal says what was tried and what to do instead.

create function question_versions_append_only() returns trigger language plpgsql as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'question_versions is append-only: % refused', tg_op
            using errcode = 'restrict_violation', hint = 'Retire the version, or write a new one.';
    end if;
    if (to_jsonb(new) - array['state', 'tags', 'emb']) is distinct from (to_jsonb(old) - array['state', 'tags', 'emb'])
    then
        raise exception 'question_versions is append-only: version % of question % may change state, tags and emb only',
            old.version, old.question_id
            using errcode = 'restrict_violation', hint = 'Write a new version.';
    end if;
    if old.state in ('published', 'retired') and new.state not in ('published', 'retired') then
        raise exception 'version % of question % was published and cannot go back to %',
            old.version, old.question_id, new.state
            using errcode = 'restrict_violation', hint = 'Retire it, and write a new version.';
    end if;
    return new;
end
$$;

create trigger append_only before update or delete on question_versions
    for each row execute function question_versions_append_only();
create trigger append_only_truncate before truncate on question_versions
    for each statement execute function question_versions_append_only();

create function question_options_closed() returns trigger language plpgsql as $$
declare
    touched bigint[] := array[]::bigint[];
    closed record;
begin
    if tg_op in ('INSERT', 'UPDATE') then touched := touched || new.question_version_id; end if;
    if tg_op in ('UPDATE', 'DELETE') then touched := touched || old.question_version_id; end if;
    select question_id, version, state into closed
        from question_versions where id = any(touched) and state <> 'draft' limit 1;
    if found then
        raise exception 'options of version % of question % are closed: it is %, not a draft',
            closed.version, closed.question_id, closed.state
            using errcode = 'restrict_violation', hint = 'Write a new version.';
    end if;
    return coalesce(new, old);
end
$$;

create trigger closed before insert or update or delete on question_options
    for each row execute function question_options_closed();

create function question_options_no_truncate() returns trigger language plpgsql as $$
begin
    raise exception 'question_options refuses TRUNCATE: options of published versions are closed'
        using errcode = 'restrict_violation';
end
$$;

create trigger closed_truncate before truncate on question_options
    for each statement execute function question_options_no_truncate();

create function question_options_one_correct() returns trigger language plpgsql as $$
declare
    checked bigint;
    correct bigint;
    n bigint;
begin
    foreach checked in array array[
        case when tg_op <> 'DELETE' then new.question_version_id end,
        case when tg_op <> 'INSERT' then old.question_version_id end
    ] loop
        select count(*), count(*) filter (where is_correct) into n, correct
            from question_options where question_version_id = checked;
        if n > 0 and correct <> 1 then
            raise exception 'question version id % has % correct options of %: exactly one is needed', checked, correct, n
                using errcode = 'check_violation', hint = 'Mark one option as correct.';
        end if;
    end loop;
    return null;
end
$$;

create constraint trigger one_correct after insert or update or delete on question_options
    deferrable initially deferred for each row execute function question_options_one_correct();
