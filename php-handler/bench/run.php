<?php

declare(strict_types=1);

/*
 * What logging a record costs the process that logs: Monolog's RotatingFileHandler, one dispatch a record, and the
 * buffered handler, whose cost in the request and after the response is shown apart. Rounds are interleaved; times are
 * microseconds a record, ratios those of the medians. Needs redis-server.
 *
 *     php [-d opcache.enable_cli=1] [-d disable_functions=pcntl_fork] php-handler/bench/run.php [ROUNDS [RECORDS]]
 *
 * PHP-FPM has no pcntl, and where nothing can fork, no record asks whether it was logged in another process.
 */

use Envelog\Bench\Contest;

require __DIR__.'/../tests/bootstrap.php';
require __DIR__.'/Contest.php';
require __DIR__.'/Contender.php';

$rounds = filter_var($argv[1] ?? 9, \FILTER_VALIDATE_INT, ['options' => ['min_range' => 1]]);
$records = filter_var($argv[2] ?? 2000, \FILTER_VALIDATE_INT, ['options' => ['min_range' => 50]]);
if (!$rounds || !$records) {
    fwrite(\STDERR, "Usage: php run.php [ROUNDS [RECORDS]], RECORDS from 50 on\n");
    exit(1);
}
(new Contest($rounds, $records))->print();
