"""What operators see and turn: logs, metrics, traces, slow queries, reload, life behind a proxy."""
