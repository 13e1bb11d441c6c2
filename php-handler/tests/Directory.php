<?php

declare(strict_types=1);

namespace Envelog\Tests;

/**
 * A directory that is gone with the test.
 */
final class Directory
{
    public readonly string $path;

    public function __construct()
    {
        $this->path = sys_get_temp_dir().'/envelog-test-'.bin2hex(random_bytes(6));
        mkdir($this->path);
    }

    public function __destruct()
    {
        self::remove($this->path);
    }

    /** What the files have in them whose names match the pattern, by name. */
    public function read(string $pattern = '*'): array
    {
        $contents = [];
        foreach (glob($this->path.'/'.$pattern) as $file) {
            if (is_file($file)) {
                $contents[basename($file)] = file_get_contents($file);
            }
        }

        return $contents;
    }

    private static function remove(string $path): void
    {
        if (is_dir($path) && !is_link($path)) {
            @chmod($path, 0700);
            array_map(self::remove(...), array_map(static fn (string $name) => "$path/$name", array_diff(scandir($path), ['.', '..'])));
            rmdir($path);
        } else {
            unlink($path);
        }
    }
}
