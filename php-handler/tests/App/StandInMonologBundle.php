<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Extension\ExtensionInterface;
use Symfony\Component\HttpKernel\Bundle\Bundle;

/**
 * Reads as much of monolog.yaml as these tests write, and gives each channel its logger. Debian has no MonologBundle;
 * where Composer has installed the real one, that is used, and this is not.
 */
final class StandInMonologBundle extends Bundle
{
    public function build(ContainerBuilder $container): void
    {
        $container->addCompilerPass(new StandInLoggerPass());
    }

    public function getContainerExtension(): ?ExtensionInterface
    {
        return new StandInMonologExtension();
    }
}
