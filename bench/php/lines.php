<?php

declare(strict_types=1);

/*
 * Nanoseconds that PHP takes from a stored stream field to the finished line, without Redis and without files: what
 * phpredis, RedisReceiver, PhpSerializer and Monolog's LineFormatter do for one message, and nothing else.
 *
 *     php lines.php FIELD-FILE SECONDS
 */

use Monolog\Formatter\LineFormatter;
use Monolog\Logger;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

require __DIR__.'/bootstrap.php';

[, $file, $seconds] = $argv;
$field = file_get_contents($file);
$serializer = new PhpSerializer();
$formatter = new LineFormatter(null, 'Y-m-d\TH:i:s.uP');

$line = static function () use ($field, $serializer, $formatter): string {
    $message = $serializer->decode(json_decode(unserialize($field), true))->getMessage();
    $level = Logger::toMonologLevel($message->level);

    return $formatter->format([
        'message' => $message->message,
        'context' => $message->context,
        'level' => $level,
        'level_name' => Logger::getLevelName($level),
        'channel' => $message->channel,
        'datetime' => $message->timestamp,
        'extra' => [],
    ]);
};

for ($i = 0; $i < 2000; ++$i) {
    $line();
}
$count = 0;
$start = hrtime(true);
$end = $start + (int) ($seconds * 1e9);
do {
    for ($i = 0; $i < 500; ++$i) {
        $line();
    }
    $count += 500;
} while (hrtime(true) < $end);
printf("%.0f\n", (hrtime(true) - $start) / $count);
