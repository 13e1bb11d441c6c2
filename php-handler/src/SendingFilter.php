<?php

declare(strict_types=1);

namespace Envelog;

use Envelog\Outbox\Outbox;
use Monolog\Handler\AbstractHandler;
use Monolog\LogRecord;
use Monolog\Logger;

/**
 * Stands in front of the handlers of the channel "messenger". It keeps what Messenger says there about each log message that
 * is dispatched, such as "Sending message {class}", from being written: that would be a second record for each record.
 * From warning on, and what a worker says about the messages that it consumes, passes.
 */
final class SendingFilter extends AbstractHandler
{
    public function __construct(private readonly Outbox $outbox)
    {
        parent::__construct();
    }

    public function handle(array|LogRecord $record): bool
    {
        $level = $record instanceof LogRecord ? $record->level->value : $record['level'];

        return $level < Logger::WARNING && $this->outbox->isSending() && self::isAboutLogMessages($record['context']);
    }

    /** Messenger names the class of the message in all that it logs: "Received message {class}" and so on. */
    public static function isAboutLogMessages(array $context): bool
    {
        return LogMessage::class === ($context['class'] ?? null) || ($context['message'] ?? null) instanceof LogMessage;
    }
}
