<?php

declare(strict_types=1);

namespace Envelog;

use Envelog\File\LogFiles;

/**
 * What a PHP worker does with the messages: the same lines in the same files as envelog, so that
 * `php bin/console messenger:consume` can take its place at any time.
 */
final class LogMessageHandler
{
    public function __construct(private readonly LogFiles $files)
    {
    }

    /**
     * @throws \RuntimeException when the line is not in its file: Messenger then tries again
     */
    public function __invoke(LogMessage $message): void
    {
        $this->files->write($message);
    }
}
