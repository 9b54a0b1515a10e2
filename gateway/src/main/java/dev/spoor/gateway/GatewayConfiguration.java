package dev.spoor.gateway;

import dev.spoor.gateway.ledgerhost.LedgerConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The whole gateway, to be imported by its application or by standalone. */
@Configuration(proxyBeanMethods = false)
@Import({LedgerConfiguration.class, GatewayHttpConfiguration.class})
public class GatewayConfiguration {}
