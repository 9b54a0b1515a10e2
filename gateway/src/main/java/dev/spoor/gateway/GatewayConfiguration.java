package dev.spoor.gateway;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The whole gateway, to be imported by its application or by standalone. */
@Configuration(proxyBeanMethods = false)
@Import(GatewayHttpConfiguration.class)
public class GatewayConfiguration {}
