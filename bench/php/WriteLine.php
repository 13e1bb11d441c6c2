<?php

declare(strict_types=1);

namespace App;

use App\Logging\Message\LogMessage;
use Monolog\Formatter\LineFormatter;
use Monolog\Handler\StreamHandler;
use Monolog\Logger;
use Monolog\LogRecord;

/** Handles a message as applications do: one line through Monolog into LOG_DIR/<channel>-<day>.log. */
final class WriteLine
{
    /** @var array<string, StreamHandler> */
    private array $files = [];

    private readonly LineFormatter $formatter;

    public function __construct(private readonly string $dir)
    {
        $this->formatter = new LineFormatter(null, 'Y-m-d\TH:i:s.uP');
    }

    public function __invoke(LogMessage $message): void
    {
        $this->file($message)->handle($this->record($message));
    }

    /** @return array<string, mixed>|LogRecord what this Monolog takes */
    private function record(LogMessage $message): array|LogRecord
    {
        $level = Logger::toMonologLevel($message->level);
        if (class_exists(LogRecord::class)) {
            return new LogRecord($message->timestamp, $message->channel, $level, $message->message, $message->context);
        }

        return [
            'message' => $message->message,
            'context' => $message->context,
            'level' => $level,
            'level_name' => Logger::getLevelName($level),
            'channel' => $message->channel,
            'datetime' => $message->timestamp,
            'extra' => [],
        ];
    }

    private function file(LogMessage $message): StreamHandler
    {
        $name = $message->channel.'-'.$message->timestamp->format('Y-m-d').'.log';

        return $this->files[$name] ??= (new StreamHandler($this->dir.'/'.$name))->setFormatter($this->formatter);
    }
}
