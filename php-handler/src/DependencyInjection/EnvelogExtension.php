<?php

declare(strict_types=1);

namespace Envelog\DependencyInjection;

use Monolog\Logger;
use Symfony\Component\Config\FileLocator;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Extension\Extension;
use Symfony\Component\DependencyInjection\Loader\PhpFileLoader;
use Symfony\Component\DependencyInjection\Reference;

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
        // Whoever names a bus or a transport means it to be there.
        $container->setParameter('envelog.is_configured', [] !== array_intersect(['bus', 'transport'], array_keys(array_filter(array_merge([], ...$configs)))));
        $container->setParameter('envelog.unconfigured', null);
        $container->setParameter('envelog.level', $config['level']);
        $container->setParameter('envelog.bubble', $config['bubble']);
        $container->setParameter('envelog.buffer.enabled', $config['buffer']['enabled']);
        $container->setParameter('envelog.buffer.size', $config['buffer']['enabled'] ? $config['buffer']['size'] : 1);
        $container->setParameter('envelog.buffer.bytes', $config['buffer']['bytes']);
        $container->setParameter('envelog.buffer.level', \constant(Logger::class.'::'.strtoupper($config['buffer']['level'])));
        $container->setParameter('envelog.buffer.seconds', $config['buffer']['seconds']);
        foreach ($config['fallback'] as $name => $value) {
            $container->setParameter("envelog.fallback.$name", $value);
        }
        $container->setParameter('envelog.redact', $config['redact']);
        $container->setParameter('envelog.redact_patterns', $config['redact_patterns']);
        (new PhpFileLoader($container, new FileLocator(\dirname(__DIR__, 2).'/config')))->load('services.php');
        if (null !== $config['before_send']) {
            $container->getDefinition('envelog.formatter')->replaceArgument(2, new Reference($config['before_send']));
        }
    }
}
