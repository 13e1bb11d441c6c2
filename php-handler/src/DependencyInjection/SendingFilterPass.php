<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Symfony\Component\DependencyInjection\Compiler\CompilerPassInterface;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Reference;

/**
 * Puts the filter in front of the handlers that MonologBundle has given the channel "messenger".
 */
final class SendingFilterPass implements CompilerPassInterface
{
    public function process(ContainerBuilder $container): void
    {
        if ($container->hasDefinition('monolog.logger.messenger') && $container->hasDefinition('envelog.sending_filter')) {
            $container->getDefinition('monolog.logger.messenger')->addMethodCall('pushHandler', [new Reference('envelog.sending_filter')]);
        }
    }
}
