return ModelAggregation.Tool.CommandLine.Run(args);
