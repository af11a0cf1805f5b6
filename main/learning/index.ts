/** Learning for the application: jobs in an engine process, models, profiles. */
export {
  LearningService,
  type LearningAnnotations,
  type LearningArchive,
  type LearningOptions,
} from './service/learning-service';
