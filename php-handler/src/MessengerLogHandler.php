<?php

declare(strict_types=1);

namespace Envelog;

use Envelog\Outbox\Outbox;
use Envelog\Record\LogMessageFormatter;
use Monolog\Formatter\FormatterInterface;
use Monolog\Handler\AbstractProcessingHandler;
use Monolog\Level;
use Monolog\LogRecord;
use Monolog\Processor\PsrLogMessageProcessor;

/**
 * Monolog handler that sends each record through Messenger, as a LogMessage. It neither blocks nor breaks the request;
 * see Outbox for how. It does not throw, whatever a record holds and whatever its processors do: the record goes on with
 * what could be read of it. Works with Monolog 2 (arrays) and 3 (LogRecord).
 */
final class MessengerLogHandler extends AbstractProcessingHandler
{
    private readonly LogMessageFormatter $ownFormatter;

    public function __construct(private readonly Outbox $outbox, ?LogMessageFormatter $formatter = null, int|string|Level $level = 'debug', bool $bubble = true)
    {
        $this->ownFormatter = $formatter ?? new LogMessageFormatter();
        parent::__construct($level, $bubble);
    }

    public function handle(array|LogRecord $record): bool
    {
        try {
            if (!$this->isHandling($record)) {
                return false;
            }
            $this->write($this->processors ? $this->process($record) : $record);
        } catch (\Throwable) { // there is nowhere left to say it
        }

        return false === $this->bubble;
    }

    /** Records that come together, from a handler such as fingers_crossed, leave together. */
    public function handleBatch(array $records): void
    {
        try {
            $this->outbox->addAll($this->messages($records));
        } catch (\Throwable) { // there is nowhere left to say it
        }
    }

    public function close(): void
    {
        try {
            $this->outbox->flush();
            parent::close();
        } catch (\Throwable) { // as above
        }
    }

    public function reset(): void
    {
        try {
            $this->outbox->flush();
        } catch (\Throwable) { // as above
        }
        foreach ($this->processors as $processor) {
            if ($processor instanceof \Monolog\ResettableInterface) {
                $processor->reset();
            }
        }
    }

    protected function write(array|LogRecord $record): void
    {
        // A formatter of lines that someone has set does not matter: what travels is a message.
        if (null === $message = $this->ownFormatter->message($record)) {
            return;
        }
        $level = self::level($record);
        if (self::isOwn($record)) {
            $this->outbox->addOwn($message, $level);
        } else {
            $this->outbox->add($message, $level, $this->ownFormatter->size());
        }
    }

    protected function getDefaultFormatter(): FormatterInterface
    {
        return $this->ownFormatter;
    }

    /**
     * The messages of records, one after the other, so that a long batch is not held twice.
     *
     * @return iterable<array{LogMessage, int, int}> each with its level and its size
     */
    private function messages(array $records): iterable
    {
        foreach ($records as $record) {
            $message = null;
            try {
                if (!$this->isHandling($record)) {
                    continue;
                }
                $record = $this->process($record);
                if (self::isOwn($record)) {
                    $this->write($record);
                    continue;
                }
                $message = $this->ownFormatter->message($record);
            } catch (\Throwable) { // there is nowhere left to say it
            }
            if (null !== $message) {
                yield [$message, self::level($record), $this->ownFormatter->size()];
            }
        }
    }

    private static function level(array|LogRecord $record): int
    {
        return $record instanceof LogRecord ? $record->level->value : (int) $record['level'];
    }

    /** Whether the record is about carrying log messages. */
    private static function isOwn(array|LogRecord $record): bool
    {
        $context = $record instanceof LogRecord ? $record->context : $record['context'];

        return (isset($context['class']) || isset($context['message'])) && \is_array($context) && SendingFilter::isAboutLogMessages($context);
    }

    /** Lets each processor do its work, but for those that throw. */
    private function process(array|LogRecord $record): array|LogRecord
    {
        foreach ($this->processors as $processor) {
            // It would put secrets into the text before they are masked; LogMessageFormatter does its work afterwards.
            if ($processor instanceof PsrLogMessageProcessor) {
                continue;
            }
            $before = $record instanceof LogRecord ? clone $record : $record;
            try {
                $after = $processor($record);
                $record = \is_array($after) || $after instanceof LogRecord ? $after : $before;
            } catch (\Throwable) {
                $record = $before;
            }
        }

        return $record;
    }
}
