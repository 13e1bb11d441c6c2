<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;

/**
 * One line for a message, in envelog's format "keyvalue".
 */
final class KeyValueFormatter
{
    public function format(LogMessage $message, ?array $context = null): string
    {
        $line = sprintf('[%s] %s.%s: %s', $message->timestamp->format('Y-m-d\TH:i:s.uP'), $message->channel, $message->level, $message->message);
        foreach ($context ?? $message->context as $key => $value) {
            $line .= ' '.$key.'='.(\is_string($value) ? $value : json_encode($value));
        }

        return $line."\n";
    }
}
