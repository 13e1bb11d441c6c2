// Package phpdate reads the dates that PHP's serialize() writes, and knows PHP's time zones.
//
// # Model
//
// Every DateTimeInterface (DateTime, DateTimeImmutable, Symfony's DatePoint, Monolog's and an application's own
// subclasses) is serialized with three public properties: date is the local time, timezone_type is the kind of its
// zone and timezone the zone's name (php-src ext/date/php_date.c, date_object_to_hash):
//
//	date           2026-11-23 09:49:34.841400    a year beyond 9999 has a "+", one before 0 a "-"
//	timezone_type  1                             2             3
//	timezone       +02:00                        EST, Z        Europe/Paris
//
// [Find] finds them in an object of any class, [Zones.Time] makes a [time.Time] of them.
//
// # Rules
//
//   - The time.Location of a date is named as its timezone property: an offset is the one that starts with its sign.
//     An abbreviation never changes its offset, whatever the season.
//   - A local time that comes twice or never, where the clocks change, is read as PHP reads it; PHP has lost which of
//     the two it was, too.
//   - Zones are those of the tz database that is embedded here (zoneinfo.sh), or of the machine's where that is newer, in
//     whatever case their names are written: PHP serializes a zone as the code has it.
//   - Nothing is trusted: a date that does not follow the layout is an error, and the memory that zone names can take
//     is bounded.
package phpdate
