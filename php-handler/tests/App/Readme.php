<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

/**
 * The files that the README shows: each is a fenced block whose first line is a comment with the path of the file.
 */
final class Readme
{
    /** @return array<string, string> contents by path */
    public static function files(): array
    {
        preg_match_all('{^```\w*\n(?:#|//) ([\w./]+)\n(.*?)^```$}ms', self::text(), $blocks);

        return array_combine($blocks[1], $blocks[2]);
    }

    /** The first block below a heading. */
    public static function section(string $heading): string
    {
        preg_match('{^## '.preg_quote($heading).'$.*?^```\w*\n(.*?)^```$}ms', self::text(), $block);

        return $block[1];
    }

    private static function text(): string
    {
        return file_get_contents(\dirname(__DIR__, 2).'/README.md');
    }
}
