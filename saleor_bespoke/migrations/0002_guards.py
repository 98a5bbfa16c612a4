"""What a constraint cannot say and the database must still refuse: triggers, and the number."""

from django.db import migrations

NUMBER = (
    "CREATE SEQUENCE saleor_bespoke_project_number START 1001",
    "DROP SEQUENCE saleor_bespoke_project_number",
)

TIMELINE = (
    """
    CREATE FUNCTION saleor_bespoke_timeline_is_final() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'the timeline is append-only' USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_timeline_is_final BEFORE UPDATE OR DELETE
        ON saleor_bespoke_timelineevent FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_timeline_is_final();
    """,
    """
    DROP TRIGGER bespoke_timeline_is_final ON saleor_bespoke_timelineevent;
    DROP FUNCTION saleor_bespoke_timeline_is_final();
    """,
)

STAGE = (
    """
    CREATE FUNCTION saleor_bespoke_stage_guard() RETURNS trigger AS $$
    BEGIN
        IF NOT (OLD.stage, NEW.stage) IN (
            ('INTAKE', 'QUOTED'), ('INTAKE', 'DESIGN'), ('INTAKE', 'CANCELLED'),
            ('QUOTED', 'INTAKE'), ('QUOTED', 'CHECKOUT'), ('QUOTED', 'CANCELLED'),
            ('CHECKOUT', 'QUOTED'), ('CHECKOUT', 'INTAKE'), ('CHECKOUT', 'DESIGN'),
            ('CHECKOUT', 'CANCELLED'),
            ('DESIGN', 'PRODUCTION'), ('DESIGN', 'CANCELLED'),
            ('PRODUCTION', 'QUALITY'), ('PRODUCTION', 'CANCELLED'),
            ('QUALITY', 'PRODUCTION'), ('QUALITY', 'SHIPPING'), ('QUALITY', 'CANCELLED'),
            ('SHIPPING', 'QUALITY'), ('SHIPPING', 'AFTERCARE'), ('SHIPPING', 'CANCELLED'),
            ('AFTERCARE', 'CLOSED')
        ) THEN
            RAISE EXCEPTION 'no stage move from % to %', OLD.stage, NEW.stage
                USING ERRCODE = 'check_violation';
        END IF;
        -- Only the redo that an accepted claim owes begins unpaid, from its brief.
        IF NEW.stage = 'DESIGN' AND NOT (
            OLD.stage = 'INTAKE' AND EXISTS (
                SELECT 1 FROM saleor_bespoke_claim
                WHERE redo_project_id = NEW.id AND status = 'ACCEPTED' AND remedy = 'REDO'
            ) OR OLD.stage <> 'INTAKE' AND EXISTS (
                SELECT 1 FROM saleor_bespoke_payable
                WHERE project_id = NEW.id AND kind = 'QUOTE' AND status = 'PAID'
            )
        ) THEN
            RAISE EXCEPTION 'design work before full payment' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.stage = 'PRODUCTION' THEN
            PERFORM saleor_bespoke_production_allowed(NEW.id);
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_production_allowed(project uuid) RETURNS void AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM saleor_bespoke_cadrevision
            WHERE project_id = project AND status = 'APPROVED'
        ) THEN
            RAISE EXCEPTION 'production without an approved revision'
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM saleor_bespoke_changeorder
            WHERE project_id = project AND status IN ('PROPOSED', 'ACCEPTED')
        ) THEN
            RAISE EXCEPTION 'production with an open change order'
                USING ERRCODE = 'check_violation';
        END IF;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_work_guard() RETURNS trigger AS $$
    BEGIN
        IF NEW.status = 'STARTED' THEN
            PERFORM saleor_bespoke_production_allowed(NEW.project_id);
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_stage_told() RETURNS trigger AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM saleor_bespoke_timelineevent
            WHERE project_id = NEW.id AND kind = 'StageMoved'
              AND payload->>'target' = NEW.stage AND sequence > OLD.chain_length
        ) THEN
            RAISE EXCEPTION 'a stage moved without its timeline row'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_stage_guard BEFORE UPDATE OF stage ON saleor_bespoke_bespokeproject
        FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage)
        EXECUTE FUNCTION saleor_bespoke_stage_guard();
    CREATE CONSTRAINT TRIGGER bespoke_stage_told AFTER UPDATE OF stage
        ON saleor_bespoke_bespokeproject DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage)
        EXECUTE FUNCTION saleor_bespoke_stage_told();
    CREATE TRIGGER bespoke_work_guard BEFORE INSERT OR UPDATE OF status
        ON saleor_bespoke_productionstep FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_work_guard();
    """,
    """
    DROP TRIGGER bespoke_work_guard ON saleor_bespoke_productionstep;
    DROP TRIGGER bespoke_stage_told ON saleor_bespoke_bespokeproject;
    DROP TRIGGER bespoke_stage_guard ON saleor_bespoke_bespokeproject;
    DROP FUNCTION saleor_bespoke_stage_told();
    DROP FUNCTION saleor_bespoke_work_guard();
    DROP FUNCTION saleor_bespoke_stage_guard();
    DROP FUNCTION saleor_bespoke_production_allowed(uuid);
    """,
)

HOLDINGS = (
    """
    CREATE FUNCTION saleor_bespoke_holding_facts() RETURNS trigger AS $$
    DECLARE
        owner uuid;
    BEGIN
        SELECT "unique", owner_project_id INTO NEW.exclusive, owner
            FROM saleor_bespoke_material WHERE id = NEW.material_id;
        IF owner <> NEW.project_id THEN
            RAISE EXCEPTION 'a customer''s own stone is held by its commission only'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_holding_count() RETURNS trigger AS $$
    DECLARE
        before numeric := 0;
        after numeric := 0;
        what uuid;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            what := OLD.material_id;
            IF OLD.state IN ('HELD', 'LOCKED') THEN before := OLD.quantity; END IF;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            what := NEW.material_id;
            IF NEW.state IN ('HELD', 'LOCKED') THEN after := NEW.quantity; END IF;
        END IF;
        IF before <> after THEN
            UPDATE saleor_bespoke_material SET held = held + after - before WHERE id = what;
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_holding_moves() RETURNS trigger AS $$
    BEGIN
        IF OLD.material_id <> NEW.material_id OR OLD.project_id <> NEW.project_id
            OR (OLD.state IN ('CONSUMED', 'RELEASED') AND OLD.state <> NEW.state)
            OR (OLD.state = 'LOCKED' AND NEW.state IN ('HELD', 'EXPIRED'))
            OR (OLD.state = 'EXPIRED' AND NEW.state NOT IN ('EXPIRED', 'RELEASED'))
        THEN
            RAISE EXCEPTION 'a holding does not move from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_holding_facts BEFORE INSERT OR UPDATE
        ON saleor_bespoke_holding FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_holding_facts();
    CREATE TRIGGER bespoke_holding_moves BEFORE UPDATE
        ON saleor_bespoke_holding FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_holding_moves();
    CREATE TRIGGER bespoke_holding_count AFTER INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_holding FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_holding_count();
    CREATE FUNCTION saleor_bespoke_slot_count() RETURNS trigger AS $$
    DECLARE
        before integer := 0;
        after integer := 0;
        what uuid;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            what := OLD.week_id;
            IF OLD.state <> 'RELEASED' THEN before := 1; END IF;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            what := NEW.week_id;
            IF NEW.state <> 'RELEASED' THEN after := 1; END IF;
        END IF;
        IF before <> after THEN
            UPDATE saleor_bespoke_productionweek SET taken = taken + after - before
                WHERE id = what;
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_slot_count AFTER INSERT OR UPDATE OF state OR DELETE
        ON saleor_bespoke_slotbooking FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_slot_count();
    """,
    """
    DROP TRIGGER bespoke_slot_count ON saleor_bespoke_slotbooking;
    DROP TRIGGER bespoke_holding_count ON saleor_bespoke_holding;
    DROP TRIGGER bespoke_holding_moves ON saleor_bespoke_holding;
    DROP TRIGGER bespoke_holding_facts ON saleor_bespoke_holding;
    DROP FUNCTION saleor_bespoke_slot_count();
    DROP FUNCTION saleor_bespoke_holding_count();
    DROP FUNCTION saleor_bespoke_holding_moves();
    DROP FUNCTION saleor_bespoke_holding_facts();
    """,
)

QUOTES = (
    """
    CREATE FUNCTION saleor_bespoke_quote_is_sealed() RETURNS trigger AS $$
    BEGIN
        IF OLD.status <> 'DRAFT' AND (
            TG_OP = 'DELETE' OR NEW.status = 'DRAFT'
            OR (OLD.project_id, OLD.brief_id, OLD.version, OLD.currency, OLD.destination_country,
                OLD.shipping_amount, OLD.tax_included, OLD.duties, OLD.terms_version, OLD.terms_body,
                OLD.terms_hash, OLD.tweak_allowance, OLD.valid_days, OLD.valid_until, OLD.note, OLD.content_hash, OLD.sent_at)
               IS DISTINCT FROM
               (NEW.project_id, NEW.brief_id, NEW.version, NEW.currency, NEW.destination_country,
                NEW.shipping_amount, NEW.tax_included, NEW.duties, NEW.terms_version, NEW.terms_body,
                NEW.terms_hash, NEW.tweak_allowance, NEW.valid_days, NEW.valid_until, NEW.note, NEW.content_hash, NEW.sent_at)
        ) THEN
            RAISE EXCEPTION 'a sent quote never changes' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_quote_parts_sealed() RETURNS trigger AS $$
    DECLARE
        part record;
        state text;
    BEGIN
        IF TG_OP = 'DELETE' THEN part := OLD; ELSE part := NEW; END IF;
        IF TG_TABLE_NAME = 'saleor_bespoke_quotealternative' THEN
            SELECT status INTO state FROM saleor_bespoke_quote WHERE id = part.quote_id;
        ELSIF TG_TABLE_NAME = 'saleor_bespoke_quoteline' THEN
            SELECT q.status INTO state FROM saleor_bespoke_quote q
                JOIN saleor_bespoke_quotealternative a ON a.quote_id = q.id
                WHERE a.id = part.alternative_id;
        ELSE
            SELECT q.status INTO state FROM saleor_bespoke_quote q
                JOIN saleor_bespoke_quotealternative a ON a.quote_id = q.id
                WHERE a.id = part.quotealternative_id;
        END IF;
        IF state <> 'DRAFT' THEN
            RAISE EXCEPTION 'a sent quote never changes' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_quote_is_sealed BEFORE UPDATE OR DELETE ON saleor_bespoke_quote
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_quote_is_sealed();
    CREATE TRIGGER bespoke_alternative_sealed BEFORE INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_quotealternative
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_quote_parts_sealed();
    CREATE TRIGGER bespoke_line_sealed BEFORE INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_quoteline
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_quote_parts_sealed();
    CREATE TRIGGER bespoke_pictures_sealed BEFORE INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_quotealternative_pictures
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_quote_parts_sealed();
    """,
    """
    DROP TRIGGER bespoke_pictures_sealed ON saleor_bespoke_quotealternative_pictures;
    DROP TRIGGER bespoke_line_sealed ON saleor_bespoke_quoteline;
    DROP TRIGGER bespoke_alternative_sealed ON saleor_bespoke_quotealternative;
    DROP TRIGGER bespoke_quote_is_sealed ON saleor_bespoke_quote;
    DROP FUNCTION saleor_bespoke_quote_parts_sealed();
    DROP FUNCTION saleor_bespoke_quote_is_sealed();
    """,
)

MONEY = (
    """
    CREATE FUNCTION saleor_bespoke_paid_is_final() RETURNS trigger AS $$
    BEGIN
        IF OLD.status = 'PAID' AND (
            TG_OP = 'DELETE'
            OR (OLD.project_id, OLD.kind, OLD.subject_pk, OLD.amount, OLD.currency, OLD.status,
                OLD.locked_total, OLD.charged, OLD.order_id, OLD.paid_at)
               IS DISTINCT FROM
               (NEW.project_id, NEW.kind, NEW.subject_pk, NEW.amount, NEW.currency, NEW.status,
                NEW.locked_total, NEW.charged, NEW.order_id, NEW.paid_at)
        ) THEN
            RAISE EXCEPTION 'a paid payable never changes' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_paid_is_final BEFORE UPDATE OR DELETE ON saleor_bespoke_payable
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_paid_is_final();
    CREATE FUNCTION saleor_bespoke_ledger_is_final() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_ledger_is_final BEFORE UPDATE OR DELETE ON saleor_bespoke_ledgerentry
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_ledger_is_final();
    """,
    """
    DROP TRIGGER bespoke_ledger_is_final ON saleor_bespoke_ledgerentry;
    DROP FUNCTION saleor_bespoke_ledger_is_final();
    DROP TRIGGER bespoke_paid_is_final ON saleor_bespoke_payable;
    DROP FUNCTION saleor_bespoke_paid_is_final();
    """,
)


QUOTE_MOVES = (
    """
    CREATE FUNCTION saleor_bespoke_quote_moves() RETURNS trigger AS $$
    BEGIN
        IF NOT (OLD.status, NEW.status) IN (
            ('DRAFT', 'SENT'),
            ('SENT', 'SUPERSEDED'), ('SENT', 'WITHDRAWN'), ('SENT', 'DECLINED'),
            ('SENT', 'COUNTERED'), ('SENT', 'EXPIRED'), ('SENT', 'ACCEPTED'),
            ('ACCEPTED', 'WITHDRAWN'), ('ACCEPTED', 'EXPIRED')
        ) THEN
            RAISE EXCEPTION 'a quote does not go from % to %', OLD.status, NEW.status
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.status = 'ACCEPTED' AND EXISTS (
            SELECT 1 FROM saleor_bespoke_payable
            WHERE subject_pk = OLD.id AND kind = 'QUOTE' AND status = 'PAID'
        ) THEN
            RAISE EXCEPTION 'a paid quote stays accepted' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_acceptance_is_final() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'an acceptance never changes' USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_quote_moves BEFORE UPDATE OF status ON saleor_bespoke_quote
        FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
        EXECUTE FUNCTION saleor_bespoke_quote_moves();
    CREATE TRIGGER bespoke_acceptance_is_final
        BEFORE UPDATE OF accepted_at, accepted_alternative_id ON saleor_bespoke_quote
        FOR EACH ROW WHEN (
            OLD.accepted_at IS NOT NULL AND (OLD.accepted_at, OLD.accepted_alternative_id)
                IS DISTINCT FROM (NEW.accepted_at, NEW.accepted_alternative_id)
        )
        EXECUTE FUNCTION saleor_bespoke_acceptance_is_final();
    """,
    """
    DROP TRIGGER bespoke_acceptance_is_final ON saleor_bespoke_quote;
    DROP TRIGGER bespoke_quote_moves ON saleor_bespoke_quote;
    DROP FUNCTION saleor_bespoke_acceptance_is_final();
    DROP FUNCTION saleor_bespoke_quote_moves();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("saleor_bespoke", "0001_initial")]

    operations = [
        migrations.RunSQL(sql=forward, reverse_sql=backward)
        for forward, backward in (NUMBER, TIMELINE, STAGE, HOLDINGS, QUOTES, MONEY, QUOTE_MOVES)
    ]
