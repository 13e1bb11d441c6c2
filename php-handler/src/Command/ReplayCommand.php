<?php

declare(strict_types=1);

namespace Envelog\Command;

use Envelog\File\Replay;
use Envelog\Outbox\Sender;
use Symfony\Component\Console\Attribute\AsCommand;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;
use Symfony\Component\Console\Style\SymfonyStyle;

/**
 * Sends what was kept in local files while the transport could not be reached.
 */
#[AsCommand(name: 'app:logs:replay', description: 'Sends log records that were kept in local files while the transport could not be reached')]
final class ReplayCommand extends Command
{
    public function __construct(private readonly Sender $sender, private readonly string $directory)
    {
        parent::__construct();
    }

    protected function configure(): void
    {
        $this->addOption('dry-run', null, InputOption::VALUE_NONE, 'Count them, send nothing')
            ->addOption('again', null, InputOption::VALUE_NONE, 'Send those, too, that an interrupted replay may have sent already')
            ->setHelp(<<<'HELP'
                Reads <channel>-YYYY-MM-DD.log in the directory of envelog.fallback.dir, day by day, and sends the records that
                say why they were not sent (__messenger_error), in order. Lines stay where they are; what is behind the reason
                tells where the record is:

                  __messenger_error  only here
                  __messenger_tried  here, and perhaps on the stream: a replay was interrupted, or its confirmation was lost
                  __messenger_moved  on the stream
                HELP);
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $style = new SymfonyStyle($input, $output);
        $replay = new Replay($this->sender, $this->directory, (bool) $input->getOption('again'));
        try {
            $replay->run((bool) $input->getOption('dry-run'));
        } catch (\Throwable $e) {
            $this->report($style, $replay, (bool) $input->getOption('dry-run'));
            $style->error($e->getMessage());

            return self::FAILURE;
        }
        $this->report($style, $replay, (bool) $input->getOption('dry-run'));

        return null === $replay->problem ? self::SUCCESS : self::FAILURE;
    }

    private function report(SymfonyStyle $style, Replay $replay, bool $dryRun): void
    {
        if ($dryRun) {
            $style->text(sprintf('%d records would be sent.', $replay->found));
        } else {
            $style->text(sprintf('%d records were sent again.', $replay->sent));
        }
        if ($replay->unconfirmed > 0) {
            $style->text(sprintf('%d of them may have been sent before: their confirmation was lost. Redis from 8.6 on leaves out what it has, within the IDMP-DURATION of the stream.', $replay->unconfirmed));
        }
        if ($replay->inDoubt > 0) {
            $style->warning(sprintf('%d records are on the stream or not: an earlier replay was interrupted while it sent them. They are marked __messenger_tried; --again sends them again.', $replay->inDoubt));
        }
        if ($replay->unreadable > 0) {
            $style->warning(sprintf('%d lines could not be read and stay as they are.', $replay->unreadable));
        }
        if (null !== $replay->problem) {
            $style->error(sprintf('The others stay in "%s": %s', $this->directory, $replay->problem));
        }
    }
}
