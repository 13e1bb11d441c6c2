<?php

declare(strict_types=1);

namespace Envelog;

use Envelog\Outbox\Outbox;
use Envelog\Record\LogMessageFormatter;
use Monolog\Formatter\FormatterInterface;
use Monolog\Handler\AbstractProcessingHandler;
use Monolog\Level;
use Monolog\LogRecord;

/**
 * Monolog handler that sends each record through Messenger, as a LogMessage. It neither blocks nor breaks the request;
 * see Outbox for how. Works with Monolog 2 (arrays) and 3 (LogRecord).
 */
final class MessengerLogHandler extends AbstractProcessingHandler
{
    private readonly LogMessageFormatter $ownFormatter;

    public function __construct(private readonly Outbox $outbox, ?LogMessageFormatter $formatter = null, int|string|Level $level = 'debug', bool $bubble = true)
    {
        $this->ownFormatter = $formatter ?? new LogMessageFormatter();
        parent::__construct($level, $bubble);
    }

    public function close(): void
    {
        $this->outbox->flush();
        parent::close();
    }

    public function reset(): void
    {
        $this->outbox->flush();
        parent::reset();
    }

    protected function write(array|LogRecord $record): void
    {
        $level = $record instanceof LogRecord ? $record->level->value : $record['level'];
        $message = $record instanceof LogRecord ? $record->formatted : $record['formatted'];
        if (!$message instanceof LogMessage) { // someone has set a formatter of lines
            $message = $this->ownFormatter->format($record);
        }
        if (self::isAboutLogMessages($record['context'])) {
            $this->outbox->addOwn($message, $level);
        } else {
            $this->outbox->add($message, $level);
        }
    }

    protected function getDefaultFormatter(): FormatterInterface
    {
        return $this->ownFormatter;
    }

    /** Messenger names the class of the message in all that it logs: "Received message {class}" and so on. */
    private static function isAboutLogMessages(array $context): bool
    {
        return LogMessage::class === ($context['class'] ?? null) || ($context['message'] ?? null) instanceof LogMessage;
    }
}
