<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\LogMessage;
use Envelog\SendingFilter;
use Envelog\Tests\Outbox\Outboxes;
use Envelog\Tests\Outbox\RecordingSender;
use PHPUnit\Framework\TestCase;

final class SendingFilterTest extends TestCase
{
    public function testStopsOnlyWhatMessengerSaysWhileItSends(): void
    {
        $directory = new Directory();
        $sender = new RecordingSender();
        $outbox = Outboxes::make($sender, $directory->path);
        $filter = new SendingFilter($outbox);
        $about = ['class' => LogMessage::class];
        $stopped = [];
        $sender->do = static function () use ($filter, $about, &$stopped): void {
            foreach ([['INFO', $about], ['WARNING', $about], ['INFO', ['class' => \stdClass::class]], ['INFO', []]] as [$level, $context]) {
                $stopped[] = $filter->handle(Records::record('x', $level, $context));
            }
        };
        self::assertFalse($filter->handle(Records::record('x', 'INFO', $about)), 'a worker says this');
        $outbox->add(Records::message('one', 'ERROR'), Records::level('ERROR'));
        self::assertSame([true, false, false, false], $stopped);
    }
}
