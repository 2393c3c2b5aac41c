-- What the profiles with PostgreSQL need, once, in the shop's database:  psql --dbname nexuscart --file components/postgres.sql
-- The state stores make their own tables at their first start. This is the configuration store: a table, and a trigger that tells of changes.
CREATE TABLE IF NOT EXISTS configuration (
    key varchar NOT NULL,
    value varchar NOT NULL,
    version varchar NOT NULL,
    metadata json
);

CREATE OR REPLACE FUNCTION configuration_notify() RETURNS trigger AS $$
BEGIN
    PERFORM pg_notify('config', json_build_object(
        'table', TG_TABLE_NAME,
        'action', TG_OP,
        'data', CASE WHEN TG_OP = 'DELETE' THEN row_to_json(OLD) ELSE row_to_json(NEW) END)::text);
    RETURN NULL;
END;
$$ LANGUAGE plpgsql;

DROP TRIGGER IF EXISTS configuration_changed ON configuration;
CREATE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON configuration
    FOR EACH ROW EXECUTE FUNCTION configuration_notify();
