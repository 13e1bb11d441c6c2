<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Monolog\Logger;
use Symfony\Component\Config\FileLocator;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Extension\Extension;
use Symfony\Component\DependencyInjection\Loader\PhpFileLoader;

/**
 * Loads config/services.php and hands it the configuration, as parameters below "envelog.". What depends on the
 * transport comes later, see TransportPass.
 */
final class EnvelogExtension extends Extension
{
    public function load(array $configs, ContainerBuilder $container): void
    {
        $config = $this->processConfiguration(new Configuration(), $configs);
        $container->setParameter('envelog.bus', $config['bus']);
        $container->setParameter('envelog.transport', $config['transport']);
        $container->setParameter('envelog.buffer.enabled', $config['buffer']['enabled']);
        $container->setParameter('envelog.buffer.size', $config['buffer']['enabled'] ? $config['buffer']['size'] : 1);
        $container->setParameter('envelog.buffer.level', \constant(Logger::class.'::'.strtoupper($config['buffer']['level'])));
        $container->setParameter('envelog.buffer.seconds', $config['buffer']['seconds']);
        foreach ($config['fallback'] as $name => $value) {
            $container->setParameter("envelog.fallback.$name", $value);
        }
        $container->setParameter('envelog.redact', $config['redact']);
        (new PhpFileLoader($container, new FileLocator(\dirname(__DIR__, 2).'/config')))->load('services.php');
    }
}
