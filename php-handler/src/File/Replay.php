<?php

declare(strict_types=1);

namespace Envelog\File;

use Envelog\LogMessage;
use Envelog\Outbox\Deadline;
use Envelog\Outbox\Sender;

/**
 * Sends the messages of lines that say why they were not sent, in the order of each file.
 *
 * Other processes append to these files meanwhile, envelog among them, so that nothing is removed: a line is marked in
 * place, in the name of the key that holds the reason. Before it is sent, "error" becomes "tried"; after the confirmation,
 * "moved"; and "error" again when it was refused. So a line that is sent, but not marked so, is known to be in doubt.
 */
final class Replay
{
    private const KEPT = LogFiles::ERROR_KEY;
    private const TRIED = '__messenger_tried';
    private const MOVED = '__messenger_moved';
    private const LOCK = '.envelog-replay.lock';
    private const BATCH = 100;
    private const SECONDS_OF_A_BATCH = 10.0;

    /** How many lines were to be sent. */
    public int $found = 0;
    public int $sent = 0;
    /** How many of the messages may have been sent when they were logged. */
    public int $unconfirmed = 0;
    /** How many lines an earlier replay has left in doubt. */
    public int $inDoubt = 0;
    /** How many lines say that they were not sent, and could not be read. */
    public int $unreadable = 0;
    /** Why not all were sent. */
    public ?string $problem = null;

    private readonly LineParser $parser;

    /**
     * @param bool $again whether lines in doubt are sent, too
     */
    public function __construct(private readonly Sender $sender, private readonly string $directory, private readonly bool $again)
    {
        $this->parser = new LineParser(self::KEPT, self::TRIED);
    }

    /**
     * @throws FileFailure when a file cannot be changed, or another replay works in the directory
     */
    public function run(bool $dryRun): void
    {
        $paths = $this->paths();
        if (!$paths) {
            return;
        }
        $lock = @fopen($this->directory.'/'.self::LOCK, 'cn') ?: throw FileFailure::because('open', $this->directory.'/'.self::LOCK);
        if (!flock($lock, \LOCK_EX | \LOCK_NB)) {
            throw FileFailure::because('replay', $this->directory, 'another replay works there');
        }
        foreach ($paths as $path) {
            $this->file($path, $dryRun);
            if (null !== $this->problem) {
                return;
            }
        }
    }

    /** @return list<string> day by day */
    private function paths(): array
    {
        $paths = [];
        foreach (@scandir($this->directory) ?: [] as $name) {
            if (1 === preg_match('/-(\d{4}-\d\d-\d\d)\.log$/D', $name, $match)) {
                $paths[$match[1].$name] = $this->directory.'/'.$name;
            }
        }
        ksort($paths, \SORT_STRING);

        return array_values($paths);
    }

    private function file(string $path, bool $dryRun): void
    {
        if (is_link($path) || !is_file($path)) {
            return;
        }
        $file = LogFile::openToChange($path);
        try {
            $batch = [];
            do {
                $offset = $file->offset();
                $line = $file->line();
                if (null !== $line && null !== $item = $this->item($line, $offset, $path)) {
                    ++$this->found;
                    $batch[] = $item;
                }
                if (!$dryRun && $batch && (null === $line || \count($batch) === self::BATCH)) {
                    $this->send($file, $batch);
                    $batch = [];
                }
            } while (null !== $line && null === $this->problem);
        } finally {
            $file->close();
        }
    }

    /** @return array{LogMessage, string, int}|null message, id, and the offset of the mark */
    private function item(string $line, int $offset, string $path): ?array
    {
        if (!str_contains($line, self::KEPT.'=') && !str_contains($line, self::TRIED.'=')) {
            return null;
        }
        $message = $this->parser->parse($line);
        $mark = $this->parser->markAt();
        if (null === $message || null === $mark) {
            $this->unreadable += null === $message ? 1 : 0; // else it stands in a text

            return null;
        }
        if (\array_key_exists(self::TRIED, $message->context) && !$this->again) {
            ++$this->inDoubt;

            return null;
        }
        $id = $message->context[LogFiles::ID_KEY] ?? null;
        $this->unconfirmed += null === $id ? 0 : 1;
        $context = array_diff_key($message->context, [self::KEPT => 1, self::TRIED => 1, LogFiles::ID_KEY => 1]);

        return [
            new LogMessage($message->channel, $message->level, $message->message, $context, $message->extra, $message->timestamp),
            \is_string($id) ? $id : sprintf('%s:replay/%s', gethostname(), substr(hash('sha256', basename($path).$offset.$message->message), 0, 24)),
            $offset + $mark,
        ];
    }

    /**
     * @param non-empty-list<array{LogMessage, string, int}> $batch
     */
    private function send(LogFile $file, array $batch): void
    {
        $file->change(array_fill_keys(array_column($batch, 2), self::TRIED));
        $report = $this->sender->send(array_column($batch, 0), new Deadline(self::SECONDS_OF_A_BATCH), array_column($batch, 1));
        $marks = [];
        foreach ($batch as $i => [, , $offset]) {
            if (!isset($report->unsent[$i])) {
                $marks[$offset] = self::MOVED;
                ++$this->sent;
            } elseif (isset($report->inDoubt[$i])) {
                ++$this->inDoubt;
            } else {
                $marks[$offset] = self::KEPT;
            }
        }
        $file->change($marks);
        $this->problem = $report->carrierDown ?? array_values($report->unsent)[0] ?? null;
    }
}
