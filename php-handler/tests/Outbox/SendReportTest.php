<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\SendReport;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class SendReportTest extends TestCase
{
    public function testDownFromAnIndexOn(): void
    {
        $report = SendReport::down('refused', 4, 2);
        self::assertSame([2 => 'refused', 3 => 'refused'], $report->unsent);
        self::assertSame('refused', $report->carrierDown);
        self::assertSame([], SendReport::down('refused', 2, 2)->unsent);
    }

    public static function reasons(): iterable
    {
        yield 'no DSN' => ['Connection refused', 'Connection refused'];
        yield 'no password' => ['DSN "redis://host:6379/s?a=1".', 'DSN "redis://host:6379/s?a=1".'];
        yield 'a password' => ['DSN "redis://hunter2@host/s".', 'DSN "redis://***@host/s".'];
        yield 'a user, too' => ['DSN "rediss://ada:hunter2@host/s".', 'DSN "rediss://***@host/s".'];
        yield 'a password that breaks the DSN' => ["DSN \"redis://ada:h/u\"n t@er\n2@host:x\".", 'DSN "redis://***@host:x".'];
        yield 'a list of nodes' => ['DSN "redis://hunter2@a,redis://hunter3@b".', 'DSN "redis://***@b".'];
        yield 'in the query' => ['DSN "redis://host/s?auth=hunter2&Password=hunter3&group=g".', 'DSN "redis://host/s?auth=***&Password=***&group=g".'];
    }

    /** @dataProvider reasons */
    #[DataProvider('reasons')]
    public function testShowsNoPassword(string $reason, string $shown): void
    {
        $report = SendReport::down($reason, 1);
        self::assertSame([$shown, [$shown]], [$report->carrierDown, $report->unsent]);
    }
}
