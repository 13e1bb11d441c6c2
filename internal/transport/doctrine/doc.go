// Package doctrine keeps messages in the table of Symfony's Doctrine transport (symfony/doctrine-messenger 5.4 to 7.4),
// on PostgreSQL, MySQL, MariaDB and SQLite, so that PHP and envelog can share a failure transport.
//
// One row is one message: body and headers as the serializer gave them, and three times that have no zone. A message is
// waiting when it is due (available_at) and not handed out (delivered_at is null, or older than the redeliver timeout).
// A receiver marks the row under a lock, and deletes it when it is acknowledged. docs/doctrine.md has what each version of PHP reads and
// writes.
//
// The rules:
//   - Nothing but SQL that PHP itself would send, or that PHP cannot tell from it.
//   - Reading creates nothing. A missing table is no message when auto_setup is on, and ErrNoTable when it is off;
//     only Send and Setup create it, the way the newest version does.
//   - Every operation ends: by its context, or after Patience without an answer.
//   - No error and no log line holds a password.
package doctrine
