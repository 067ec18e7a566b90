return ModelAggregation.Tool.MergeCommand.Run(args);
