<?php

declare(strict_types=1);

namespace Envelog\Tests\Outbox;

use Envelog\Outbox\SharedOutage;
use Envelog\Tests\Directory;
use PHPUnit\Framework\TestCase;

final class SharedOutageTest extends TestCase
{
    private Directory $directory;

    protected function setUp(): void
    {
        $this->directory = new Directory();
        mkdir($this->directory->path.'/cache');
        mkdir($this->directory->path.'/tmp');
    }

    public function testIsReadByAnother(): void
    {
        self::assertTrue($this->outage()->write(100, 105, "two\nlines"));
        self::assertSame([100, 105, "two\nlines"], $this->outage()->read());
        self::assertFalse($this->outage()->write(100, 110, 'again'));
        self::assertSame([100, 110, 'again'], $this->outage()->read());
        self::assertTrue($this->outage()->remove());
        self::assertFalse($this->outage()->remove());
        self::assertNull($this->outage()->read());
        self::assertSame([], glob($this->directory->path.'/*/*'));
    }

    public function testTheTemporaryDirectoryTakesThePlaceOfTheCache(): void
    {
        rmdir($this->directory->path.'/cache');
        self::assertTrue($this->outage()->write(100, 105, 'reason'));
        self::assertCount(1, glob($this->directory->path.'/tmp/*'));
        self::assertSame([100, 105, 'reason'], $this->outage()->read());
        self::assertFalse($this->outage()->write(100, 110, 'again'));
        self::assertTrue($this->outage()->remove());
        self::assertNull($this->outage()->read());
    }

    public function testApcuComesBeforeTheTemporaryDirectory(): void
    {
        rmdir($this->directory->path.'/cache');
        $code = sprintf('require %s; $o = fn () => new Envelog\\Outbox\\SharedOutage("redis://x", $argv[1]."/cache", $argv[1]."/tmp"); echo json_encode([$o()->write(100, 105, "reason"), $o()->write(100, 106, "reason"), $o()->read(), $o()->remove(), $o()->read(), glob($argv[1]."/tmp/*")]);', var_export(\dirname(__DIR__).'/bootstrap.php', true));
        exec(sprintf('%s -d apc.enable_cli=1 -r %s %s 2>&1', escapeshellarg(\PHP_BINARY), escapeshellarg($code), escapeshellarg($this->directory->path)), $output);
        self::assertSame('[true,false,[100,106,"reason"],true,null,[]]', implode("\n", $output));
    }

    public function testSaysOnceThatThereIsNoPlace(): void
    {
        rmdir($this->directory->path.'/cache');
        rmdir($this->directory->path.'/tmp');
        ini_set('error_log', $this->directory->path.'/php.log');
        $outage = $this->outage();
        try {
            self::assertNull($outage->write(100, 105, 'reason'));
            self::assertNull($outage->write(100, 110, 'reason'));
        } finally {
            ini_set('error_log', '/dev/null');
        }
        self::assertNull($outage->read());
        $log = file_get_contents($this->directory->path.'/php.log');
        self::assertSame(1, substr_count($log, 'envelog: Processes cannot tell each other about an outage: neither "'.$this->directory->path.'/cache"'));
    }

    public function testFollowsNoLinkOfSomeoneElse(): void
    {
        $this->outage()->write(100, 105, 'reason');
        [$path] = glob($this->directory->path.'/cache/*');
        unlink($path);
        file_put_contents($this->directory->path.'/target', "1 2\nplanted");
        symlink($this->directory->path.'/target', $path);
        self::assertNull($this->outage()->read());
        $this->outage()->write(100, 105, 'reason');
        self::assertSame("1 2\nplanted", file_get_contents($this->directory->path.'/target'));
        self::assertSame([100, 105, 'reason'], $this->outage()->read());
    }

    public function testBelievesNoFileOfAnotherUser(): void
    {
        $this->outage()->write(100, 105, 'reason');
        [$path] = glob($this->directory->path.'/cache/*');
        // Only root can give a file away; whoever else runs the tests has /etc/hostname's owner to compare with.
        if (@chown($path, 65534)) {
            self::assertNull($this->outage()->read());
        } else {
            self::assertNotSame(posix_geteuid(), fileowner('/etc/hostname'));
        }
    }

    public function testBelievesNothingThatItHasNotWritten(): void
    {
        $this->outage()->write(100, 105, 'reason');
        [$path] = glob($this->directory->path.'/cache/*');
        foreach (['', 'x', "1\n2\nx", "99999999999999999999 1\nx"] as $text) {
            file_put_contents($path, $text);
            self::assertNull($this->outage()->read());
        }
    }

    private function outage(): SharedOutage
    {
        return new SharedOutage('redis://x', $this->directory->path.'/cache', $this->directory->path.'/tmp');
    }
}
