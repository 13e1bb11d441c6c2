<?php

declare(strict_types=1);

namespace Envelog\File;

/**
 * A file or directory that cannot be used: what was tried, with what, and why it failed.
 */
final class FileFailure extends \RuntimeException
{
    public static function because(string $action, string $path, ?string $reason = null): self
    {
        return new self(sprintf('%s "%s": %s', $action, $path, $reason ?? error_get_last()['message'] ?? 'unknown error'));
    }
}
