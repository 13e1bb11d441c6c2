<?php

declare(strict_types=1);

namespace Envelog\Outbox;

/**
 * What became of the messages that a sender was given.
 */
final class SendReport
{
    /**
     * @param array<int, string> $unsent      why a message was not sent, or perhaps not, by its index
     * @param string|null        $carrierDown why the next message would not get through either
     * @param array<int, string> $inDoubt     ids of unsent messages that may have arrived nevertheless: the reply was lost
     */
    public function __construct(public readonly array $unsent = [], public readonly ?string $carrierDown = null, public readonly array $inDoubt = [])
    {
    }

    /** Nothing was sent from this index on. */
    public static function down(string $reason, int $count, int $from = 0): self
    {
        $reason = self::withoutPasswords($reason);

        return new self($from < $count ? array_fill($from, $count - $from, $reason) : [], $reason);
    }

    /** The same, after the message at the index was on its way: whether it arrived is not known. */
    public static function lost(string $reason, int $count, int $from, string $id): self
    {
        $report = self::down($reason, $count, $from);

        return new self($report->unsent, $report->carrierDown, $from < $count ? [$from => $id] : []);
    }

    /** Symfony 7.4 quotes a DSN of Redis whose "host" it cannot read, and the reason ends in a log file. */
    public static function withoutPasswords(string $reason): string
    {
        return preg_replace(['{(?<=:)//.*@}s', '{(?<=[?&])(auth|password)=[^&"\s]*}i'], ['//***@', '$1=***'], $reason) ?? 'not shown';
    }
}
