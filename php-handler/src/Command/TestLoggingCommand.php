<?php

declare(strict_types=1);

namespace Envelog\Command;

use Envelog\File\LogFiles;
use Envelog\Outbox\Outbox;
use Psr\Log\LoggerInterface;
use Psr\Log\LogLevel;
use Symfony\Component\Console\Attribute\AsCommand;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Exception\InvalidOptionException;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;
use Symfony\Component\Console\Style\SymfonyStyle;

/**
 * Logs records of every level and says where they went: to try the whole chain, from Monolog to the file.
 */
#[AsCommand(name: 'app:test-logging', description: 'Logs records of every level and says where to look for them')]
final class TestLoggingCommand extends Command
{
    private const LEVELS = [
        LogLevel::DEBUG, LogLevel::INFO, LogLevel::NOTICE, LogLevel::WARNING,
        LogLevel::ERROR, LogLevel::CRITICAL, LogLevel::ALERT, LogLevel::EMERGENCY,
    ];
    private const MAX_COUNT = 1_000_000;

    public function __construct(
        private readonly LoggerInterface $logger,
        private readonly Outbox $outbox,
        private readonly LogFiles $files,
        private readonly string $transport,
    ) {
        parent::__construct();
    }

    protected function configure(): void
    {
        $this->addOption('count', null, InputOption::VALUE_REQUIRED, 'How many records', '10');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $count = filter_var($input->getOption('count'), \FILTER_VALIDATE_INT, ['options' => ['min_range' => 1, 'max_range' => self::MAX_COUNT]]);
        if (false === $count) {
            throw new InvalidOptionException(sprintf('The option "count" must be a number from 1 to %d, "%s" given.', self::MAX_COUNT, $input->getOption('count')));
        }
        $this->outbox->flush();
        $sent = $this->outbox->sent();
        $kept = $this->outbox->kept();
        $run = bin2hex(random_bytes(4));
        $this->log($count, $run);

        return $this->report(new SymfonyStyle($input, $output), $count, $this->outbox->sent() - $sent, $this->outbox->kept() - $kept, $run);
    }

    private function log(int $count, string $run): void
    {
        for ($i = 1; $i <= $count; ++$i) {
            $level = self::LEVELS[($i - 1) % \count(self::LEVELS)];
            $this->logger->log($level, "Test record $i of $count", ['run' => $run, 'number' => $i, 'password' => 'is masked']);
        }
        $this->outbox->flush();
    }

    private function report(SymfonyStyle $style, int $count, int $sent, int $kept, string $run): int
    {
        $file = $this->files->path('app', new \DateTimeImmutable());
        $failed = false;
        if ($sent > 0) {
            $style->success(sprintf('%d of %d records were sent to the transport "%s".', $sent, $count, $this->transport));
            $style->text(['Its consumer writes them, within a second:', sprintf('    grep %s %s', $run, basename($file)), 'in its log directory; for a PHP worker here that is '.\dirname($file).'.']);
        }
        if ($kept > 0) {
            $problem = $this->outbox->isEnabled() ? $this->outbox->problem() ?? 'see '.LogFiles::ERROR_KEY.' in the file' : null;
            $text = sprintf('%d of %d records were kept in the local file, ', $kept, $count);
            null === $problem ? $style->warning($text.'as sending is switched off.') : $style->error($text.'as they could not be sent: '.$problem);
            $style->text(['To see them:', sprintf('    grep %s %s', $run, $file)]);
            $failed = null !== $problem;
        }
        if ($sent + $kept < $count) {
            $style->error(sprintf('%d of %d records did not reach envelog.', $count - $sent - $kept, $count));
            $style->text('Is there a handler "type: service, id: envelog.handler" in config/packages/monolog.yaml, for the channel "app" and every level?');
        }

        return $failed || $sent + $kept < $count ? self::FAILURE : self::SUCCESS;
    }
}
