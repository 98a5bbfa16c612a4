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
    CREATE FUNCTION saleor_bespoke_stage_never_forgotten() RETURNS trigger AS $$
    DECLARE
        way text[] := ARRAY['INTAKE', 'QUOTED', 'CHECKOUT', 'DESIGN', 'PRODUCTION', 'QUALITY',
            'SHIPPING', 'AFTERCARE', 'CLOSED'];
    BEGIN
        IF array_position(way, NEW.furthest_stage) < array_position(way, OLD.furthest_stage) THEN
            RAISE EXCEPTION 'a stage that was reached is never forgotten'
                USING ERRCODE = 'check_violation';
        END IF;
        IF array_position(way, NEW.stage) > array_position(way, NEW.furthest_stage) THEN
            NEW.furthest_stage := NEW.stage;
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_bench_has_one_design() RETURNS trigger AS $$
    DECLARE
        place text;
    BEGIN
        SELECT stage INTO place FROM saleor_bespoke_bespokeproject
            WHERE id = NEW.project_id FOR SHARE;
        IF place NOT IN ('PRODUCTION', 'QUALITY', 'SHIPPING') THEN
            RETURN NEW;
        END IF;
        IF TG_TABLE_NAME = 'saleor_bespoke_changeorder' THEN
            RAISE EXCEPTION 'a change order opens before production'
                USING ERRCODE = 'check_violation';
        END IF;
        RAISE EXCEPTION 'what is being made keeps its approved revision'
            USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_stage_never_forgotten BEFORE UPDATE OF stage, furthest_stage
        ON saleor_bespoke_bespokeproject FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_stage_never_forgotten();
    CREATE TRIGGER bespoke_change_before_production BEFORE INSERT OR UPDATE OF status
        ON saleor_bespoke_changeorder FOR EACH ROW
        WHEN (NEW.status IN ('PROPOSED', 'ACCEPTED'))
        EXECUTE FUNCTION saleor_bespoke_bench_has_one_design();
    CREATE TRIGGER bespoke_approval_stays BEFORE UPDATE OF status
        ON saleor_bespoke_cadrevision FOR EACH ROW
        WHEN (OLD.status = 'APPROVED' AND NEW.status <> 'APPROVED')
        EXECUTE FUNCTION saleor_bespoke_bench_has_one_design();
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
    DROP TRIGGER bespoke_approval_stays ON saleor_bespoke_cadrevision;
    DROP TRIGGER bespoke_change_before_production ON saleor_bespoke_changeorder;
    DROP TRIGGER bespoke_stage_never_forgotten ON saleor_bespoke_bespokeproject;
    DROP FUNCTION saleor_bespoke_bench_has_one_design();
    DROP FUNCTION saleor_bespoke_stage_never_forgotten();
    DROP FUNCTION saleor_bespoke_stage_told();
    DROP FUNCTION saleor_bespoke_work_guard();
    DROP FUNCTION saleor_bespoke_stage_guard();
    DROP FUNCTION saleor_bespoke_production_allowed(uuid);
    """,
)

HOLDINGS = (
    """
    CREATE FUNCTION saleor_bespoke_material_identity() RETURNS trigger AS $$
    BEGIN
        IF (OLD.kind, OLD.unit, OLD."unique", OLD.owner_project_id)
            IS DISTINCT FROM (NEW.kind, NEW.unit, NEW."unique", NEW.owner_project_id)
        THEN
            RAISE EXCEPTION 'a material stays of its kind and owner'
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.owner_project_id IS NOT NULL AND NEW.on_hand > OLD.on_hand THEN
            RAISE EXCEPTION 'a customer''s own stone enters the books once'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_material_identity BEFORE UPDATE ON saleor_bespoke_material
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_material_identity();
    CREATE FUNCTION saleor_bespoke_holding_facts() RETURNS trigger AS $$
    DECLARE
        what record;
    BEGIN
        SELECT "unique", owner_project_id, unit INTO what
            FROM saleor_bespoke_material WHERE id = NEW.material_id;
        NEW.exclusive := what."unique";
        IF what.owner_project_id <> NEW.project_id THEN
            RAISE EXCEPTION 'a customer''s own stone is held by its commission only'
                USING ERRCODE = 'check_violation';
        END IF;
        IF what.unit = 'PIECE' AND (NEW.quantity % 1 <> 0 OR NEW.consumed % 1 <> 0) THEN
            RAISE EXCEPTION 'pieces are counted whole' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_holding_count() RETURNS trigger AS $$
    DECLARE
        before numeric := 0;
        after numeric := 0;
        used numeric := 0;
        what uuid;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            what := OLD.material_id;
            IF OLD.state IN ('HELD', 'LOCKED') THEN before := OLD.quantity; END IF;
            used := used - OLD.consumed;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            what := NEW.material_id;
            IF NEW.state IN ('HELD', 'LOCKED') THEN after := NEW.quantity; END IF;
            used := used + NEW.consumed;
        END IF;
        IF before <> after OR used <> 0 THEN
            UPDATE saleor_bespoke_material
                SET held = held + after - before, on_hand = on_hand - used WHERE id = what;
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_holding_moves() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state NOT IN ('HELD', 'LOCKED') THEN
                RAISE EXCEPTION 'a holding begins held or locked, not %', NEW.state
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a holding is kept' USING ERRCODE = 'check_violation';
        END IF;
        IF (OLD.material_id, OLD.project_id, OLD.payable_pk)
            <> (NEW.material_id, NEW.project_id, NEW.payable_pk)
        THEN
            RAISE EXCEPTION 'a holding stays with its material, commission and sum'
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.quantity <> NEW.quantity AND (OLD.state, NEW.state) <> ('HELD', 'HELD') THEN
            RAISE EXCEPTION 'the quantity of a % holding is final', OLD.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
            ('HELD', 'LOCKED'), ('HELD', 'EXPIRED'), ('HELD', 'RELEASED'),
            ('LOCKED', 'CONSUMED'), ('LOCKED', 'RELEASED'), ('EXPIRED', 'RELEASED')
        ) THEN
            RAISE EXCEPTION 'a holding does not move from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state = 'CONSUMED' AND OLD.consumed <> NEW.consumed THEN
            RAISE EXCEPTION 'what was used was used once' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_consumption() RETURNS trigger AS $$
    DECLARE
        what record;
        most numeric := NEW.quantity;
    BEGIN
        PERFORM saleor_bespoke_production_allowed(NEW.project_id);
        SELECT kind, to_be_sourced INTO what
            FROM saleor_bespoke_material WHERE id = NEW.material_id;
        IF what.to_be_sourced THEN
            RAISE EXCEPTION 'a material is used after it has arrived'
                USING ERRCODE = 'check_violation';
        END IF;
        -- Sprue and button: the casting allowance of craft.metals.
        IF what.kind = 'METAL' THEN most := round(NEW.quantity * 1.50, 3); END IF;
        IF NEW.consumed > most THEN
            RAISE EXCEPTION 'more used than was locked and the casting allowance gives'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_holding_facts BEFORE INSERT OR UPDATE
        ON saleor_bespoke_holding FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_holding_facts();
    CREATE TRIGGER bespoke_holding_moves BEFORE INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_holding FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_holding_moves();
    CREATE TRIGGER bespoke_holding_used BEFORE UPDATE OF state
        ON saleor_bespoke_holding FOR EACH ROW
        WHEN (OLD.state <> 'CONSUMED' AND NEW.state = 'CONSUMED')
        EXECUTE FUNCTION saleor_bespoke_consumption();
    CREATE TRIGGER bespoke_holding_count AFTER INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_holding FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_holding_count();
    """,
    """
    DROP TRIGGER bespoke_holding_count ON saleor_bespoke_holding;
    DROP TRIGGER bespoke_holding_used ON saleor_bespoke_holding;
    DROP TRIGGER bespoke_holding_moves ON saleor_bespoke_holding;
    DROP TRIGGER bespoke_holding_facts ON saleor_bespoke_holding;
    DROP TRIGGER bespoke_material_identity ON saleor_bespoke_material;
    DROP FUNCTION saleor_bespoke_consumption();
    DROP FUNCTION saleor_bespoke_holding_count();
    DROP FUNCTION saleor_bespoke_holding_moves();
    DROP FUNCTION saleor_bespoke_holding_facts();
    DROP FUNCTION saleor_bespoke_material_identity();
    """,
)

SLOTS = (
    """
    CREATE FUNCTION saleor_bespoke_slot_count() RETURNS trigger AS $$
    DECLARE
        before integer := 0;
        after integer := 0;
        what uuid;
        place uuid;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            what := OLD.week_id;
            place := OLD.id;
            IF OLD.state <> 'RELEASED' THEN before := 1; END IF;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            what := NEW.week_id;
            place := NEW.id;
            IF NEW.state <> 'RELEASED' THEN after := 1; END IF;
        END IF;
        IF before <> after THEN
            UPDATE saleor_bespoke_productionweek SET taken = taken + after - before
                WHERE id = what;
            UPDATE saleor_bespoke_weekskill SET taken = taken + after - before
                WHERE id IN (SELECT week_skill_id FROM saleor_bespoke_slotskill
                             WHERE booking_id = place);
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_slot_moves() RETURNS trigger AS $$
    BEGIN
        IF (OLD.week_id, OLD.project_id) <> (NEW.week_id, NEW.project_id)
            OR OLD.state <> 'BOOKED' AND OLD.state <> NEW.state
        THEN
            RAISE EXCEPTION 'a place does not move from % to %', OLD.state, NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_slot_skill_facts() RETURNS trigger AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM saleor_bespoke_slotbooking b
            JOIN saleor_bespoke_weekskill k ON k.week_id = b.week_id
            WHERE b.id = NEW.booking_id AND k.id = NEW.week_skill_id AND b.state <> 'RELEASED'
        ) THEN
            RAISE EXCEPTION 'a place takes the skills of its own week'
                USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'UPDATE' THEN
            RAISE EXCEPTION 'a skill that a place takes never changes'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_skill_count() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            UPDATE saleor_bespoke_weekskill SET taken = taken + 1 WHERE id = NEW.week_skill_id;
        ELSE
            UPDATE saleor_bespoke_weekskill SET taken = taken - 1
                WHERE id = OLD.week_skill_id AND EXISTS (
                    SELECT 1 FROM saleor_bespoke_slotbooking
                    WHERE id = OLD.booking_id AND state <> 'RELEASED');
        END IF;
        RETURN NULL;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_slot_count AFTER INSERT OR UPDATE OF state OR DELETE
        ON saleor_bespoke_slotbooking FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_slot_count();
    CREATE TRIGGER bespoke_slot_moves BEFORE UPDATE
        ON saleor_bespoke_slotbooking FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_slot_moves();
    CREATE TRIGGER bespoke_slot_skill_facts BEFORE INSERT OR UPDATE
        ON saleor_bespoke_slotskill FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_slot_skill_facts();
    CREATE TRIGGER bespoke_skill_count AFTER INSERT OR DELETE
        ON saleor_bespoke_slotskill FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_skill_count();
    """,
    """
    DROP TRIGGER bespoke_skill_count ON saleor_bespoke_slotskill;
    DROP TRIGGER bespoke_slot_skill_facts ON saleor_bespoke_slotskill;
    DROP TRIGGER bespoke_slot_moves ON saleor_bespoke_slotbooking;
    DROP TRIGGER bespoke_slot_count ON saleor_bespoke_slotbooking;
    DROP FUNCTION saleor_bespoke_skill_count();
    DROP FUNCTION saleor_bespoke_slot_skill_facts();
    DROP FUNCTION saleor_bespoke_slot_moves();
    DROP FUNCTION saleor_bespoke_slot_count();
    """,
)

OWN_MATERIALS = (
    """
    CREATE FUNCTION saleor_bespoke_own_material_moves() RETURNS trigger AS $$
    BEGIN
        IF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
            ('DECLARED', 'RECEIVED'), ('DECLARED', 'REFUSED'),
            ('RECEIVED', 'ACCEPTED'), ('RECEIVED', 'REFUSED'), ('RECEIVED', 'RETURNED'),
            ('ACCEPTED', 'CREDITED'), ('ACCEPTED', 'RETURNED'),
            ('REFUSED', 'RETURNED'), ('CREDITED', 'RETURNED')
        ) THEN
            RAISE EXCEPTION 'what a customer brought does not go from % to %',
                OLD.status, NEW.status USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.status IN ('CREDITED', 'RETURNED') AND
            (OLD.project_id, OLD.kind, OLD.credit, OLD.currency, OLD.credit_accepted_at,
             OLD.weight_grams, OLD.alloy, OLD.material_id)
            IS DISTINCT FROM
            (NEW.project_id, NEW.kind, NEW.credit, NEW.currency, NEW.credit_accepted_at,
             NEW.weight_grams, NEW.alloy, NEW.material_id)
        THEN
            RAISE EXCEPTION 'a credit that was accepted never changes'
                USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.status = 'CREDITED' AND NEW.status = 'RETURNED' AND NOT EXISTS (
            SELECT 1 FROM saleor_bespoke_bespokeproject
            WHERE id = NEW.project_id AND stage IN ('INTAKE', 'CANCELLED')
        ) THEN
            RAISE EXCEPTION 'what is melted into the price does not go back'
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.status = 'RETURNED' AND EXISTS (
            SELECT 1 FROM saleor_bespoke_material WHERE id = NEW.material_id AND on_hand > 0
        ) THEN
            RAISE EXCEPTION 'a stone that went back is off the books'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_credit_counts_once() RETURNS trigger AS $$
    BEGIN
        -- What a claim owes is made anew under the first offer's lines, and nothing is payable.
        IF EXISTS (
            SELECT 1 FROM saleor_bespoke_bespokeproject p
            JOIN saleor_bespoke_claim c ON c.project_id = p.linked_to_id
            WHERE p.id = NEW.project_id AND c.status = 'ACCEPTED' AND c.remedy = 'REDO'
              AND (c.redo_project_id IS NULL OR c.redo_project_id = p.id)
        ) THEN
            RETURN NEW;
        END IF;
        IF EXISTS (
            SELECT 1 FROM (
                SELECT a.id, l.amount, count(*) AS claimed
                FROM saleor_bespoke_quotealternative a
                JOIN saleor_bespoke_quoteline l ON l.alternative_id = a.id
                WHERE a.quote_id = NEW.id AND l.kind = 'CREDIT' GROUP BY a.id, l.amount
            ) AS lines
            WHERE claimed > (
                SELECT count(*) FROM saleor_bespoke_ownmaterial
                WHERE project_id = NEW.project_id AND status = 'CREDITED'
                  AND credit = -lines.amount AND currency = NEW.currency)
        ) THEN
            RAISE EXCEPTION 'a credit counts once, as it was accepted'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_line_sells_ours() RETURNS trigger AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM saleor_bespoke_material m
            JOIN saleor_bespoke_quotealternative a ON a.id = NEW.alternative_id
            JOIN saleor_bespoke_quote q ON q.id = a.quote_id
            WHERE m.id = NEW.material_id AND m.owner_project_id <> q.project_id
        ) THEN
            RAISE EXCEPTION 'a customer''s own stone is offered to nobody else'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_own_material_moves BEFORE UPDATE ON saleor_bespoke_ownmaterial
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_own_material_moves();
    CREATE TRIGGER bespoke_credit_counts_once BEFORE UPDATE OF status ON saleor_bespoke_quote
        FOR EACH ROW WHEN (OLD.status = 'DRAFT' AND NEW.status = 'SENT')
        EXECUTE FUNCTION saleor_bespoke_credit_counts_once();
    CREATE TRIGGER bespoke_line_sells_ours BEFORE INSERT OR UPDATE ON saleor_bespoke_quoteline
        FOR EACH ROW WHEN (NEW.material_id IS NOT NULL)
        EXECUTE FUNCTION saleor_bespoke_line_sells_ours();
    """,
    """
    DROP TRIGGER bespoke_line_sells_ours ON saleor_bespoke_quoteline;
    DROP TRIGGER bespoke_credit_counts_once ON saleor_bespoke_quote;
    DROP TRIGGER bespoke_own_material_moves ON saleor_bespoke_ownmaterial;
    DROP FUNCTION saleor_bespoke_line_sells_ours();
    DROP FUNCTION saleor_bespoke_credit_counts_once();
    DROP FUNCTION saleor_bespoke_own_material_moves();
    """,
)

ERASURE = (
    """
    -- The technical part of a specification: what is left once its customer was erased.
    CREATE FUNCTION saleor_bespoke_impersonal(specification jsonb) RETURNS jsonb AS $$
        SELECT CASE WHEN specification ? 'pieceType' THEN specification ||
            '{"engraving": null, "notes": "", "ownStones": [], "oldJewellery": []}'::jsonb
        END
    $$ LANGUAGE sql IMMUTABLE;
    -- Sealed rows let go of what is personal, and of nothing else, once the timeline says that the
    -- commission's customer was erased.
    CREATE FUNCTION saleor_bespoke_only_erases(
        project uuid, before jsonb, after jsonb, columns text[]
    ) RETURNS boolean AS $$
        SELECT before - columns = after - columns
            AND NOT EXISTS (
                SELECT 1 FROM unnest(columns) AS name
                WHERE before -> name IS DISTINCT FROM after -> name
                  AND after -> name NOT IN ('""'::jsonb, 'null'::jsonb)
                  AND after -> name IS DISTINCT FROM saleor_bespoke_impersonal(before -> name))
            AND EXISTS (
                SELECT 1 FROM saleor_bespoke_timelineevent
                WHERE project_id = project AND kind = 'PersonalDataErased')
    $$ LANGUAGE sql STABLE;
    -- The lock waits for an erasure that is under way.
    CREATE FUNCTION saleor_bespoke_erased_keeps_no_file() RETURNS trigger AS $$
    DECLARE
        since timestamptz;
    BEGIN
        SELECT erased_at INTO since FROM saleor_bespoke_bespokeproject
            WHERE id = NEW.project_id FOR SHARE;
        IF since IS NOT NULL THEN
            RAISE EXCEPTION 'of an erased customer no file is kept'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_erased_keeps_no_file
        BEFORE INSERT OR UPDATE OF erased_at, project_id ON saleor_bespoke_bespokefile
        FOR EACH ROW WHEN (NEW.erased_at IS NULL)
        EXECUTE FUNCTION saleor_bespoke_erased_keeps_no_file();
    """,
    """
    DROP TRIGGER bespoke_erased_keeps_no_file ON saleor_bespoke_bespokefile;
    DROP FUNCTION saleor_bespoke_erased_keeps_no_file();
    DROP FUNCTION saleor_bespoke_only_erases(uuid, jsonb, jsonb, text[]);
    DROP FUNCTION saleor_bespoke_impersonal(jsonb);
    """,
)

QUOTES = (
    """
    CREATE FUNCTION saleor_bespoke_quote_is_sealed() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND saleor_bespoke_only_erases(
            OLD.project_id, to_jsonb(OLD), to_jsonb(NEW), ARRAY['note', 'close_reason']
        ) THEN
            RETURN NEW;
        END IF;
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
        project uuid;
    BEGIN
        IF TG_OP = 'DELETE' THEN part := OLD; ELSE part := NEW; END IF;
        IF TG_TABLE_NAME = 'saleor_bespoke_quotealternative' THEN
            SELECT status, project_id INTO state, project
                FROM saleor_bespoke_quote WHERE id = part.quote_id;
        ELSIF TG_TABLE_NAME = 'saleor_bespoke_quoteline' THEN
            SELECT q.status, q.project_id INTO state, project FROM saleor_bespoke_quote q
                JOIN saleor_bespoke_quotealternative a ON a.quote_id = q.id
                WHERE a.id = part.alternative_id;
        ELSE
            SELECT q.status INTO state FROM saleor_bespoke_quote q
                JOIN saleor_bespoke_quotealternative a ON a.quote_id = q.id
                WHERE a.id = part.quotealternative_id;
        END IF;
        IF state <> 'DRAFT' AND NOT (
            TG_OP = 'UPDATE' AND saleor_bespoke_only_erases(
                project, to_jsonb(OLD), to_jsonb(NEW), ARRAY['title', 'design', 'specification',
                    'complexity_reason', 'description', 'facts'])
        ) THEN
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
    CREATE FUNCTION saleor_bespoke_one_currency() RETURNS trigger AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM saleor_bespoke_bespokeproject
            WHERE id = NEW.project_id AND currency = NEW.currency
        ) THEN
            RAISE EXCEPTION 'a commission owes in its own currency alone'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_payable_one_currency BEFORE INSERT OR UPDATE OF currency, project_id
        ON saleor_bespoke_payable FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_one_currency();
    CREATE FUNCTION saleor_bespoke_currency_is_final() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'a commission keeps its currency' USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_currency_is_final BEFORE UPDATE OF currency
        ON saleor_bespoke_bespokeproject FOR EACH ROW
        WHEN (OLD.currency IS DISTINCT FROM NEW.currency)
        EXECUTE FUNCTION saleor_bespoke_currency_is_final();
    CREATE FUNCTION saleor_bespoke_ledger_currency() RETURNS trigger AS $$
    BEGIN
        IF NEW.kind IN ('QUOTED', 'DROPPED', 'REDUCED', 'HELD', 'HOLD_ENDED', 'OLD_GOLD_CREDIT',
                        'OLD_GOLD_RETURNED')
            AND NOT EXISTS (
                SELECT 1 FROM saleor_bespoke_payable
                WHERE id = NEW.payable_id AND currency = NEW.currency
            )
        THEN
            RAISE EXCEPTION 'what is owed is counted in its sum''s currency'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_ledger_currency BEFORE INSERT ON saleor_bespoke_ledgerentry
        FOR EACH ROW EXECUTE FUNCTION saleor_bespoke_ledger_currency();
    """,
    """
    DROP TRIGGER bespoke_ledger_currency ON saleor_bespoke_ledgerentry;
    DROP FUNCTION saleor_bespoke_ledger_currency();
    DROP TRIGGER bespoke_currency_is_final ON saleor_bespoke_bespokeproject;
    DROP FUNCTION saleor_bespoke_currency_is_final();
    DROP TRIGGER bespoke_payable_one_currency ON saleor_bespoke_payable;
    DROP FUNCTION saleor_bespoke_one_currency();
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

PAPERS = (
    """
    CREATE FUNCTION saleor_bespoke_document_is_final() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND saleor_bespoke_only_erases(
            OLD.project_id, to_jsonb(OLD), to_jsonb(NEW), ARRAY['revoke_reason']
        ) THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL
            OR to_jsonb(OLD) - 'revoked_at' - 'revoke_reason'
                IS DISTINCT FROM to_jsonb(NEW) - 'revoked_at' - 'revoke_reason'
        THEN
            RAISE EXCEPTION 'an issued document is only revoked, once'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_contract_is_final() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'a signature never changes' USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_document_is_final BEFORE UPDATE OR DELETE
        ON saleor_bespoke_issueddocument FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_document_is_final();
    CREATE TRIGGER bespoke_contract_is_final BEFORE UPDATE OR DELETE
        ON saleor_bespoke_contractsignature FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_contract_is_final();
    """,
    """
    DROP TRIGGER bespoke_contract_is_final ON saleor_bespoke_contractsignature;
    DROP TRIGGER bespoke_document_is_final ON saleor_bespoke_issueddocument;
    DROP FUNCTION saleor_bespoke_contract_is_final();
    DROP FUNCTION saleor_bespoke_document_is_final();
    """,
)

DESIGNS = (
    """
    CREATE FUNCTION saleor_bespoke_licence_is_frozen() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'the licence of a design file never changes'
            USING ERRCODE = 'check_violation';
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_revision_fits() RETURNS trigger AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM saleor_bespoke_cadpin p
            JOIN saleor_bespoke_cadrevision r ON r.id = p.revision_id
            WHERE p.answered_at IS NULL AND r.project_id = NEW.project_id
              AND (NEW.status = 'PUBLISHED' OR r.id = NEW.id)
        ) THEN
            RAISE EXCEPTION 'a remark on the design is not answered'
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM saleor_bespoke_cadreport p
            JOIN saleor_bespoke_cadview v ON v.id = p.view_id
            WHERE v.revision_id = NEW.id AND p.kind = 'SHAPE' AND (
                p.state = 'WAITING'
                OR p.state = 'DONE' AND (NOT p.watertight OR p.confirmed_unit <> p.unit))
        ) THEN
            RAISE EXCEPTION 'a mesh is not measured, not closed, or of no confirmed unit'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE FUNCTION saleor_bespoke_approval_is_final() RETURNS trigger AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL
            OR to_jsonb(OLD) - 'revoked_at' IS DISTINCT FROM to_jsonb(NEW) - 'revoked_at'
        THEN
            RAISE EXCEPTION 'an approval is only revoked, once' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    -- What the customer saw when they approved: remarks with their answers, and measures.
    CREATE FUNCTION saleor_bespoke_approved_is_sealed() RETURNS trigger AS $$
    DECLARE
        before jsonb := to_jsonb(OLD);
        after jsonb := to_jsonb(NEW);
        revisions uuid[];
        project uuid;
    BEGIN
        IF TG_TABLE_NAME = 'saleor_bespoke_cadpin' THEN
            revisions := ARRAY[before ->> 'revision_id', after ->> 'revision_id'];
        ELSE
            SELECT array_agg(revision_id) INTO revisions FROM saleor_bespoke_cadview
                WHERE id IN ((before ->> 'view_id')::uuid, (after ->> 'view_id')::uuid);
        END IF;
        SELECT r.project_id INTO project FROM saleor_bespoke_cadapproval a
            JOIN saleor_bespoke_cadrevision r ON r.id = a.revision_id
            WHERE a.revision_id = ANY(revisions) LIMIT 1;
        IF project IS NOT NULL AND NOT (
            TG_OP = 'UPDATE'
            AND saleor_bespoke_only_erases(project, before, after, ARRAY['remark', 'answer'])
        ) THEN
            RAISE EXCEPTION 'what was approved stays as it was seen'
                USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER bespoke_approval_is_final BEFORE UPDATE OR DELETE
        ON saleor_bespoke_cadapproval FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_approval_is_final();
    CREATE TRIGGER bespoke_approved_pins BEFORE INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_cadpin FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_approved_is_sealed();
    CREATE TRIGGER bespoke_approved_reports BEFORE INSERT OR UPDATE OR DELETE
        ON saleor_bespoke_cadreport FOR EACH ROW
        EXECUTE FUNCTION saleor_bespoke_approved_is_sealed();
    CREATE TRIGGER bespoke_licence_is_frozen BEFORE UPDATE OF licence_version, licence_body
        ON saleor_bespoke_cadview FOR EACH ROW
        WHEN ((OLD.licence_version, OLD.licence_body)
            IS DISTINCT FROM (NEW.licence_version, NEW.licence_body))
        EXECUTE FUNCTION saleor_bespoke_licence_is_frozen();
    CREATE TRIGGER bespoke_revision_fits BEFORE UPDATE OF status
        ON saleor_bespoke_cadrevision FOR EACH ROW
        WHEN (NEW.status IN ('PUBLISHED', 'APPROVED') AND OLD.status <> NEW.status)
        EXECUTE FUNCTION saleor_bespoke_revision_fits();
    """,
    """
    DROP TRIGGER bespoke_revision_fits ON saleor_bespoke_cadrevision;
    DROP TRIGGER bespoke_approved_reports ON saleor_bespoke_cadreport;
    DROP TRIGGER bespoke_approved_pins ON saleor_bespoke_cadpin;
    DROP TRIGGER bespoke_approval_is_final ON saleor_bespoke_cadapproval;
    DROP FUNCTION saleor_bespoke_approved_is_sealed();
    DROP FUNCTION saleor_bespoke_approval_is_final();
    DROP TRIGGER bespoke_licence_is_frozen ON saleor_bespoke_cadview;
    DROP FUNCTION saleor_bespoke_revision_fits();
    DROP FUNCTION saleor_bespoke_licence_is_frozen();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("saleor_bespoke", "0001_initial")]

    operations = [
        migrations.RunSQL(sql=forward, reverse_sql=backward)
        for forward, backward in (
            NUMBER,
            TIMELINE,
            STAGE,
            HOLDINGS,
            SLOTS,
            OWN_MATERIALS,
            ERASURE,
            QUOTES,
            MONEY,
            QUOTE_MOVES,
            DESIGNS,
            PAPERS,
        )
    ]
