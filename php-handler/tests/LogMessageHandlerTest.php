<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\File\LogFiles;
use Envelog\LogMessageHandler;
use PHPUnit\Framework\TestCase;

final class LogMessageHandlerTest extends TestCase
{
    public function testWritesTheLine(): void
    {
        $directory = new Directory();
        (new LogMessageHandler(new LogFiles($directory->path)))(Records::message('Hello', context: ['user' => 'ada']));
        self::assertSame(['app-2026-11-23.log' => "[2026-11-23T08:49:34.841400+00:00] app.INFO: Hello user=ada\n"], $directory->read());
    }

    public function testLeavesItToMessengerToTryAgain(): void
    {
        $this->expectException(\RuntimeException::class);
        (new LogMessageHandler(new LogFiles('/dev/null/nowhere')))(Records::message('Hello'));
    }
}
