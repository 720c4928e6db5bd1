-- A crowd of members and their history. Each statement ends with a line of its own: ;

INSERT INTO members (id, store_id, customer_ref, available_points, pending_points, debt_points,
                     last_activity_at, joined_at)
SELECT n, :store, n::text, :each * :points - CASE WHEN n % 10 = 0 THEN :points ELSE 0 END,
       CASE WHEN n % 10 = 0 THEN :points ELSE 0 END, 0,
       CAST(:now AS timestamptz) - (n % 700) * interval '1 day', CAST(:now AS timestamptz) - interval '800 days'
FROM generate_series(1, :members) AS n
;

INSERT INTO persons (store_id, member_id, email_key, email, name, name_key)
SELECT :store, n, sha256(n::text::bytea), :email, :name, substring(sha256(n::text::bytea) FOR 16)
FROM generate_series(1, :members) AS n
;

INSERT INTO person_words (store_id, member_id, key)
SELECT :store, n, substring(sha256(word::bytea) FOR 16)
FROM generate_series(1, :members) AS n,
     LATERAL (VALUES ('given ' || n % 1000), ('family ' || n % 30000)) AS of_name (word)
;

INSERT INTO person_words (store_id, member_id, key)
SELECT :store, n, key FROM generate_series(1, :members, 50000) AS n, unnest(CAST(:words AS bytea[])) AS key
;

INSERT INTO orders (store_id, order_ref, number, status, ordered_at, modified_at, refunded_minor, status_rank,
                    digest, member_id, posted_points, settlement_count, program_version)
SELECT :store, (k * :members + n)::text, (k * :members + n)::text, 'completed',
       CAST(:now AS timestamptz) - (:each - 1 - k) * interval '60 days' - (n % 60) * interval '1 day',
       CAST(:now AS timestamptz) - (:each - 1 - k) * interval '60 days' - (n % 60) * interval '1 day',
       0, 3, sha256(n::text::bytea), n, :points, 1, 2
FROM generate_series(0, :each - 1) AS k, generate_series(1, :members) AS n
;

INSERT INTO entries (store_id, member_id, kind, points, key, order_ref, program_version, reason, at)
SELECT :store, n, 'earn', :points, 'order:' || (k * :members + n) || '\:1', (k * :members + n)::text, 2,
       '40.00 net × 1, rounded down = 40',
       CAST(:now AS timestamptz) - (:each - 1 - k) * interval '60 days' - (n % 60) * interval '1 day'
FROM generate_series(0, :each - 1) AS k, generate_series(1, :members) AS n
;

INSERT INTO lots (store_id, member_id, entry_key, order_ref, earned_points, remaining_points, expired_points,
                  is_released, available_at, expires_at)
SELECT :store, n, 'order:' || (k * :members + n) || '\:1', (k * :members + n)::text, :points, :points, 0,
       NOT (k = :each - 1 AND n % 10 = 0), CAST(:now AS timestamptz) + interval '5 days',
       CAST(:now AS timestamptz) + interval '300 days'
FROM generate_series(0, :each - 1) AS k, generate_series(1, :members) AS n
;

SELECT setval(pg_get_serial_sequence('members', 'id'), :members)
;

INSERT INTO inbox (store_id, topic, delivery_ref, dedupe, body, received_at, state, order_ref, attempts, next_at,
                   settled_at)
SELECT :store, 'order.updated', n::text, sha256(n::text::bytea), '{"id": 1}', CAST(:now AS timestamptz), 'done',
       n::text, 0, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
FROM generate_series(1, :deliveries) AS n
;

INSERT INTO redemptions (store_id, member_id, reward_ref, title, program_version, cost_points, restored_points,
                         is_from_stock, entry_count, state, code, code_key, discount, idempotency_key, wish, tries,
                         requested_at, changed_at)
SELECT :store, n, 'five', '5.00 EUR off', 2, 10, 0, false, 1, 'live', 'BIRCH-' || n, 'BIRCH' || n, '{}', n::text,
       'five', 1, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
FROM generate_series(1, :redemptions) AS n
;
