// Package phpfilter reads text as PHP's filter_var does, which is how Symfony reads booleans and numbers of DSNs, options
// and environment variables: `" yes "` is true, "007" is no whole number, and 1_000 is no number at all.
//
// Each function answers what the filter of its name validates (FILTER_VALIDATE_BOOL, _INT, _FLOAT) and reports whether the
// text is valid. What to make of an invalid text is for the caller: PHP makes it false or 0 in silence, and most callers
// here refuse it.
//
// Source: php-src ext/filter/logical_filters.c, PHP 8.1 to 8.5. The tests compare with a real PHP.
package phpfilter
