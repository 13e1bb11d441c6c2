<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\Deadline;
use Envelog\Outbox\Sender;
use Envelog\Outbox\SendReport;

/**
 * Keeps the batches that it is given, and does what it is told.
 */
final class RecordingSender implements Sender
{
    /** @var list<list<string>> the messages of each batch */
    public array $batches = [];
    public int $abandoned = 0;

    /**
     * @param \Closure(array, array): ?SendReport|null $do with the messages and their ids
     */
    public function __construct(public ?\Closure $do = null)
    {
    }

    public function send(array $messages, Deadline $deadline, array $ids = []): SendReport
    {
        $this->batches[] = array_column($messages, 'message');

        return ($this->do ? ($this->do)($messages, $ids) : null) ?? new SendReport();
    }

    public function abandon(): void
    {
        ++$this->abandoned;
    }
}
